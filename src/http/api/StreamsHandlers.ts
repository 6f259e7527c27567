import { Effect, Option, Stream } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import type { JobReports } from "../../domain/JobReports.ts"
import { isTerminal } from "../../domain/JobStatus.ts"
import { type Jobs, jobRefOf } from "../../domain/Jobs.ts"
import { CallerGone } from "../callerOf.ts"
import { answering } from "../errorResponse.ts"
import { HttpClosing } from "../HttpClosing.ts"
import { busy } from "../limits/callerShares.ts"
import { getOwn } from "../streams/isOwn.ts"
import { parseCursor, START } from "../streams/JobCursor.ts"
import { documentsOf, writtenOf } from "../streams/JobEvent.ts"
import type { JobsEvent } from "../streams/JobsEvent.ts"
import type { JobsFeeds } from "../streams/JobsFeeds.ts"
import type { JobWatches } from "../streams/JobWatches.ts"
import { jobEvents } from "../streams/jobEvents.ts"
import { jobsEvents } from "../streams/jobsEvents.ts"
import { StreamPlaces } from "../streams/StreamPlaces.ts"
import { type SentEvent, streamHeaders, toBody } from "../streams/serverSentEvents.ts"
import { Api } from "./Api.ts"
import { TooManyStreamsProblem } from "./problems.ts"

const asText = ({ event, id, json }: JobsEvent): SentEvent => ({ event, id, data: json })

const refused = {
  caller: () => new TooManyStreamsProblem({ detail: "Close some of your streams first, or share one." }),
  process: busy
}

export const layer = HttpApiBuilder.group(
  Api,
  "streams",
  Effect.fnUntraced(function* (handlers) {
    const { begun } = yield* HttpClosing
    const places = yield* StreamPlaces

    /** Works for the caller of the request as long as it is read. */
    const answerWith = Effect.fnUntraced(function* <R>(events: Stream.Stream<SentEvent, never, R>) {
      const refusal = yield* places.refusal
      if (Option.isSome(refusal)) return yield* refused[refusal.value]()
      const { method } = yield* HttpServerRequest.HttpServerRequest
      // Nobody would ever end a stream whose body is dropped.
      if (method === "HEAD") return HttpServerResponse.empty({ status: 200, headers: streamHeaders })
      const context = yield* Effect.context<R>()
      const end = Effect.raceFirst(begun, yield* CallerGone)
      const body = Stream.unwrap(Effect.as(places.taken, toBody(events, end)))
      return HttpServerResponse.stream(Stream.provideContext(body, context), { headers: streamHeaders })
    })

    return handlers.handleAll({
      jobEvents: Effect.fnUntraced(function* ({ headers, params }) {
        const job = yield* getOwn(yield* jobRefOf(params.id))
        const cursor = Option.getOrElse(parseCursor(headers["last-event-id"]), () => START)
        // The end is told last, so whoever was told it has got everything.
        const wasTold = cursor.status === writtenOf(documentsOf(job).status).print
        if (wasTold && isTerminal(job.status)) return HttpServerResponse.empty({ status: 204 })
        return yield* answerWith<JobReports | JobWatches>(jobEvents(job, cursor))
      }, answering),

      events: Effect.fnUntraced(function* ({ headers, query }) {
        const news = jobsEvents(query, headers["last-event-id"])
        return yield* answerWith<JobReports | JobsFeeds | Jobs>(Stream.map(news, asText))
      }, answering)
    })
  })
)
