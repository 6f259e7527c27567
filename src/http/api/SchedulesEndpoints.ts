/** The endpoints of recurring jobs. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Job } from "../../domain/Job.ts"
import { CreateSchedule, JobSchedule, UpdateSchedule } from "../../domain/JobSchedule.ts"
import { Needs } from "./Access.ts"
import { IdempotencyKey, Replayed, withExample } from "./endpointParts.ts"
import {
  IdempotencyInFlightProblem,
  IdempotencyMismatchProblem,
  InvalidCursorProblem,
  ScheduleCannotRunProblem,
  ScheduleNameTakenProblem,
  ScheduleNotFoundProblem,
  ServiceUnavailable,
  UnknownJobTypeProblem,
  ValidationFailed
} from "./problems.ts"
import { BodyRules, NoBodyRules, RequestRules } from "./rules.ts"

const params = { id: Schema.String.annotateKey({ description: "The UUID of the schedule." }) }

const OneSchedule = Schema.Struct({ data: JobSchedule })

const create = HttpApiEndpoint.post("create", "/api/schedules", {
  headers: {
    "idempotency-key": IdempotencyKey
  },
  payload: CreateSchedule,
  success: HttpApiSchema.WithHeaders(OneSchedule.pipe(HttpApiSchema.status(201)), {
    location: Schema.String.annotateKey({ description: "Where to look at the schedule: /api/schedules/<id>." }),
    "idempotency-replayed": Replayed
  }),
  error: [
    UnknownJobTypeProblem,
    ValidationFailed,
    ScheduleNameTakenProblem,
    IdempotencyInFlightProblem,
    IdempotencyMismatchProblem,
    ServiceUnavailable
  ]
})
  .middleware(BodyRules)
  .annotate(Needs, "administer")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Create a schedule",
      description:
        "Makes a job at the times of `cron`, read in `timeZone`. The input is checked now, as for a job. " +
        "Where clocks are put forward, a time that does not exist is made up for once, right behind the gap; where they " +
        "are put back, a time that exists twice counts once, unless the hour is `*`.",
      transform: withExample({
        name: "Tags every morning",
        cron: "30 6 * * mon-fri",
        timeZone: "Europe/Berlin",
        jobType: "add-item-tags",
        input: {
          restaurantId: "trattoria-roma",
          email: "practice@example.com",
          password: "practice-password",
          tags: [{ name: "Vegan", items: ["Marinara"] }]
        },
        missedRuns: "run_once",
        overlap: "skip",
        options: { priority: 10, labels: ["morning"] }
      })
    })
  )

const list = HttpApiEndpoint.get("list", "/api/schedules", {
  query: {
    limit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 200 }))).annotateKey({
      description: "Schedules per page, 1 to 200. Default: 50."
    }),
    cursor: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(2_000))).annotateKey({
      description: "The nextCursor of the page before."
    })
  },
  success: Schema.Struct({ data: Schema.Array(JobSchedule), nextCursor: Schema.optionalKey(Schema.String) }),
  error: [InvalidCursorProblem, ServiceUnavailable]
})
  .annotate(Needs, "read")
  .annotateMerge(
    OpenApi.annotations({ summary: "List schedules", description: "By name. `nextCursor` is absent on the last page." })
  )

const get = HttpApiEndpoint.get("get", "/api/schedules/:id", {
  params,
  success: OneSchedule,
  error: [ScheduleNotFoundProblem, ServiceUnavailable]
})
  .annotate(Needs, "read")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Get a schedule",
      description:
        "With its next run, its last job, and why its last run made none. `createdBy=schedule:<id>` lists its jobs."
    })
  )

const update = HttpApiEndpoint.patch("update", "/api/schedules/:id", {
  params,
  payload: UpdateSchedule,
  success: OneSchedule,
  error: [
    ScheduleNotFoundProblem,
    ScheduleNameTakenProblem,
    UnknownJobTypeProblem,
    ValidationFailed,
    ServiceUnavailable
  ]
})
  .middleware(BodyRules)
  .annotate(Needs, "administer")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Change, pause or resume a schedule",
      description:
        "What is not sent stays. `input` and `options` are replaced as a whole; send secrets as they are, not masked. " +
        "A schedule that is resumed goes on with its next time.",
      transform: withExample({ paused: true })
    })
  )

const remove = HttpApiEndpoint.delete("remove", "/api/schedules/:id", {
  params,
  success: HttpApiSchema.NoContent.annotate({ description: "It is removed." }),
  error: [ScheduleNotFoundProblem, ServiceUnavailable]
})
  .middleware(NoBodyRules)
  .annotate(Needs, "administer")
  .annotateMerge(OpenApi.annotations({ summary: "Remove a schedule", description: "The jobs that it made stay." }))

const run = HttpApiEndpoint.post("run", "/api/schedules/:id/run", {
  params,
  success: HttpApiSchema.WithHeaders(Schema.Struct({ data: Job }).pipe(HttpApiSchema.status(202)), {
    location: Schema.String.annotateKey({ description: "Where to look at the job: /api/jobs/<jobId>." })
  }),
  error: [ScheduleNotFoundProblem, ScheduleCannotRunProblem, ServiceUnavailable]
})
  .middleware(NoBodyRules)
  .annotate(Needs, "administer")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Run a schedule now",
      description:
        "Makes a job at once, also while the schedule is paused. The next run stays where it is. 409 when its input or job " +
        "type no longer works, or when `overlap` is `skip` and its former job has not ended."
    })
  )

export const SchedulesEndpoints = HttpApiGroup.make("schedules")
  .add(create, list, get, update, remove, run)
  .middleware(RequestRules)
  .annotateMerge(OpenApi.annotations({ title: "Schedules", description: "Jobs that are made again and again." }))
