/** The API as a function from a web request to its answer, for whatever server mounts it. */
import { Context, Effect, Layer, Option, type Scope } from "effect"
import { HttpEffect, HttpRouter, HttpServer, type HttpServerRequest } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import type { ApiKeys } from "../../domain/ApiKeys.ts"
import type { AuditLog } from "../../domain/AuditLog.ts"
import { type Caller, CurrentCaller } from "../../domain/Caller.ts"
import type { JobSchedules } from "../../domain/JobSchedules.ts"
import { RequestReference } from "../../domain/RequestReference.ts"
import type { Statistics } from "../../domain/Statistics.ts"
import { CallerGone, CallerRefused } from "../callerOf.ts"
import type { HttpClosing } from "../HttpClosing.ts"
import { freePlace } from "../limits/callerShares.ts"
import type { PlaceToWait } from "../limits/Seats.ts"
import type { HttpServices } from "../Run.ts"
import { withRequestTrace } from "../requestTrace.ts"
import type { JobsFeeds } from "../streams/JobsFeeds.ts"
import type { JobWatches } from "../streams/JobWatches.ts"
import type { StreamPlaces } from "../streams/StreamPlaces.ts"
import * as Access from "./Access.ts"
import * as AiCallsHandlers from "./AiCallsHandlers.ts"
import { Api } from "./Api.ts"
import * as ArtifactsHandlers from "./ArtifactsHandlers.ts"
import * as AuditHandlers from "./AuditHandlers.ts"
import { withFailuresAnswered } from "./failures.ts"
import * as JobsHandlers from "./JobsHandlers.ts"
import * as JobTypesHandlers from "./JobTypesHandlers.ts"
import * as KeysHandlers from "./KeysHandlers.ts"
import * as LanesHandlers from "./LanesHandlers.ts"
import * as ManyJobsHandlers from "./ManyJobsHandlers.ts"
import * as RegistrationHandlers from "./RegistrationHandlers.ts"
import { OPENAPI_PATH } from "./routes.ts"
import * as rules from "./rules.ts"
import * as SchedulesHandlers from "./SchedulesHandlers.ts"
import * as StatisticsHandlers from "./StatisticsHandlers.ts"
import * as StreamsHandlers from "./StreamsHandlers.ts"
import { CurrentPlaceToWait } from "./statusWait.ts"
import * as UploadsHandlers from "./UploadsHandlers.ts"
import * as WebhooksHandlers from "./WebhooksHandlers.ts"

export interface RequestContext {
  /** Names the request in the log. */
  readonly reference?: string
  /** For whom it is served. */
  readonly caller: Caller
  /** Ends when the caller is let in no longer. Default: never. */
  readonly gone?: Effect.Effect<void>
  /** Whether the caller is let in no longer. Default: never. */
  readonly refused?: Effect.Effect<boolean>
  /** For as long as it waits for news. Default: there is always one. */
  readonly placeToWait?: PlaceToWait
}

/** The request's signal interrupts the work that is done for it. */
export type ApiHandler = (request: Request, context: RequestContext) => Promise<Response>

type Services =
  | HttpServices
  | HttpClosing
  | JobSchedules
  | ApiKeys
  | AuditLog
  | JobsFeeds
  | JobWatches
  | Statistics
  | StreamPlaces

const routes = HttpApiBuilder.layer(Api, { openapiPath: OPENAPI_PATH }).pipe(
  Layer.provide([
    JobsHandlers.layer,
    AiCallsHandlers.layer,
    UploadsHandlers.layer,
    ArtifactsHandlers.layer,
    ManyJobsHandlers.layer,
    JobTypesHandlers.layer,
    LanesHandlers.layer,
    SchedulesHandlers.layer,
    KeysHandlers.layer,
    AuditHandlers.layer,
    StreamsHandlers.layer,
    StatisticsHandlers.layer,
    RegistrationHandlers.layer,
    WebhooksHandlers.layer
  ]),
  Layer.provide([rules.layer, Access.layer, HttpServer.layerServices])
)

/** The routes live as long as the scope. */
export const makeApiHandler = Effect.gen(function* () {
  const context = yield* Effect.context<Services>()
  const app = yield* HttpRouter.toHttpEffect(routes)
  const handle = HttpEffect.toWebHandlerWith<Services, Services | Scope.Scope | HttpServerRequest.HttpServerRequest>(
    context
  )(withFailuresAnswered(app))
  const handler: ApiHandler = (request, served) => {
    const {
      caller,
      gone = Effect.never,
      placeToWait = freePlace,
      reference = crypto.randomUUID(),
      refused = Effect.succeed(false)
    } = served
    const whose = Context.make(CurrentCaller, Option.some(caller)).pipe(
      Context.add(CallerGone, gone),
      Context.add(CallerRefused, refused),
      Context.add(CurrentPlaceToWait, placeToWait)
    )
    return handle(request, Context.add(withRequestTrace(whose), RequestReference, reference))
  }
  return handler
})
