/** The API as a function from a web request to its answer, for whatever server mounts it. */
import { Context, Effect, Layer, Option, type Scope } from "effect"
import { HttpEffect, HttpRouter, HttpServer, type HttpServerRequest } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { type Caller, CurrentCaller, localCaller } from "../../domain/Caller.ts"
import type { JobSchedules } from "../../domain/JobSchedules.ts"
import type { HttpClosing } from "../HttpClosing.ts"
import type { HttpServices } from "../Run.ts"
import * as AiCallsHandlers from "./AiCallsHandlers.ts"
import { Api } from "./Api.ts"
import * as ArtifactsHandlers from "./ArtifactsHandlers.ts"
import { RequestReference, withFailuresAnswered } from "./failures.ts"
import * as JobsHandlers from "./JobsHandlers.ts"
import * as JobTypesHandlers from "./JobTypesHandlers.ts"
import * as LanesHandlers from "./LanesHandlers.ts"
import * as ManyJobsHandlers from "./ManyJobsHandlers.ts"
import { OPENAPI_PATH } from "./routes.ts"
import * as rules from "./rules.ts"
import * as SchedulesHandlers from "./SchedulesHandlers.ts"
import * as UploadsHandlers from "./UploadsHandlers.ts"

export interface RequestContext {
  /** Names the request in the log. */
  readonly reference?: string
  /** For whom it is served. Default: this computer. */
  readonly caller?: Caller
}

/** The request's signal interrupts the work that is done for it. */
export type ApiHandler = (request: Request, context?: RequestContext) => Promise<Response>

type Services = HttpServices | HttpClosing | JobSchedules

const routes = HttpApiBuilder.layer(Api, { openapiPath: OPENAPI_PATH }).pipe(
  Layer.provide([
    JobsHandlers.layer,
    AiCallsHandlers.layer,
    UploadsHandlers.layer,
    ArtifactsHandlers.layer,
    ManyJobsHandlers.layer,
    JobTypesHandlers.layer,
    LanesHandlers.layer,
    SchedulesHandlers.layer
  ]),
  Layer.provide([rules.layer, HttpServer.layerServices])
)

/** The routes live as long as the scope. */
export const makeApiHandler = Effect.gen(function* () {
  const context = yield* Effect.context<Services>()
  const app = yield* HttpRouter.toHttpEffect(routes)
  const handle = HttpEffect.toWebHandlerWith<Services, Services | Scope.Scope | HttpServerRequest.HttpServerRequest>(
    context
  )(withFailuresAnswered(app))
  const handler: ApiHandler = (request, { caller = localCaller, reference = crypto.randomUUID() } = {}) =>
    handle(request, Context.make(RequestReference, reference).pipe(Context.add(CurrentCaller, Option.some(caller))))
  return handler
})
