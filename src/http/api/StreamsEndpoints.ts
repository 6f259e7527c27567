/** The endpoints that go on answering. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { jobEventData } from "../streams/JobEvent.ts"
import { jobsEventData } from "../streams/JobsEvent.ts"
import { JobsFilterQuery } from "../streams/JobsFilter.ts"
import { Needs } from "./Access.ts"
import { JobParameter } from "./endpointParts.ts"
import { withEvents } from "./eventStreams.ts"
import { JobNotFoundProblem, ServerBusy, ServiceUnavailable, TooManyStreamsProblem } from "./problems.ts"
import { RequestRules } from "./rules.ts"

const EventStream = Schema.String.pipe(HttpApiSchema.asText({ contentType: "text/event-stream" }))

const PROGRESS =
  "id: 812.0q1w2e3.1b2c3d4..mhz3k1s0-0aaaaaa.\nevent: progress\n" +
  'data: {"percent":40,"message":"18 of 40 photos","step":2,"totalSteps":3,"stepName":"tag-dishes"}\n\n'

const RESET = 'id: tmhz3k1s0\nevent: reset\ndata: {"reason":"start"}\n\n'

const lastEventId = (description: string) => Schema.optionalKey(Schema.String).annotateKey({ description })

const jobEvents = HttpApiEndpoint.get("jobEvents", "/api/jobs/:id/events", {
  params: { id: JobParameter },
  headers: {
    "last-event-id": lastEventId(
      "The id of the last event that was read: what changed since comes, nothing twice. Any process can go on."
    )
  },
  success: [
    EventStream.annotate({ description: "Server-sent events, until the job has ended." }),
    HttpApiSchema.Empty(204).annotate({
      description: "The job has ended and all of it was read. An EventSource does not come back."
    })
  ],
  error: [JobNotFoundProblem, TooManyStreamsProblem, ServerBusy, ServiceUnavailable]
})
  .annotate(Needs, "read")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Follow a job",
      description:
        "First the state as it is now, with the last 200 log lines, then what changes: an event of a name below with its " +
        "JSON as data. Each holds the state, so the newest one of a name is the truth. The stream ends behind the `status` " +
        "of a job that has ended. A comment comes every 15 seconds. When the connection breaks, come back with " +
        "`Last-Event-ID`, as an EventSource does by itself.",
      transform: withEvents(jobEventData, PROGRESS)
    })
  )

const events = HttpApiEndpoint.get("events", "/api/events", {
  query: JobsFilterQuery,
  headers: {
    "last-event-id": lastEventId("The id of the last event that was read: what changed since comes.")
  },
  success: EventStream.annotate({ description: "Server-sent events, until one of both closes the connection." }),
  error: [TooManyStreamsProblem, ServerBusy, ServiceUnavailable]
})
  .annotate(Needs, "read")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Follow all jobs",
      description:
        "A `job` event for each job of your organisation that changes, with the job as it is then. `reset` comes first, and " +
        "when changes may not have been told (very many at once, a slow reader, a database that was away): read then what " +
        "you show, with `GET /api/jobs`. Log lines come with `GET /api/jobs/{id}/events`. A comment comes every 15 seconds.",
      transform: withEvents(jobsEventData, RESET)
    })
  )

/** Everything whose schema is named somewhere in the document, and in no answer. */
export const streamSchemas = [...Object.values(jobEventData), ...Object.values(jobsEventData)]

export const StreamsEndpoints = HttpApiGroup.make("streams")
  .add(jobEvents, events)
  .middleware(RequestRules)
  .annotateMerge(OpenApi.annotations({ title: "Streams", description: "Hear of changes as they happen." }))
