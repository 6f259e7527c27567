import { afterAll, expect } from "bun:test"
import { Effect, Layer, ManagedRuntime, Option } from "effect"
import { type Caller, CurrentCaller } from "../../../src/domain/Caller.ts"
import { CurrentJob } from "../../../src/domain/CurrentJob.ts"
import { JobId } from "../../../src/domain/JobId.ts"
import { ScheduleId } from "../../../src/domain/JobSchedule.ts"
import { JobSchedules } from "../../../src/domain/JobSchedules.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { callerServices } from "../../support/CallerServices.ts"
import { it } from "../../support/effect.ts"
import { TestDatabase } from "../../support/TestDatabase.ts"
import { make } from "../../support/things.ts"
import { column, run } from "./asMember.ts"

const runtime = ManagedRuntime.make(callerServices.pipe(Layer.provideMerge(TestDatabase.layer)))
afterAll(() => runtime.dispose())

const admin: Caller = { via: "key", subject: "ann", name: "Ann", role: "admin", organisationId: "north" }

it.live("makes the job of a schedule in the schedule's organisation, when it is due and when a person runs it", () =>
  Effect.promise(() =>
    runtime.runPromise(
      Effect.gen(function* () {
        const { fireDue, runNow } = yield* JobSchedules
        const { id } = yield* make("a schedule", "north", "ann")
        yield* run(`UPDATE job_schedules SET next_run_at = now() WHERE id = '${id}'`)

        expect(yield* fireDue).toBe(1)
        const asAdmin = Effect.provideService(CurrentCaller, Option.some(admin))
        const job = yield* asAdmin(runNow(ScheduleId.make(id)))

        expect(job).toMatchObject({ organisationId: "north", createdBy: `schedule:${id}` })
        expect(yield* column("SELECT organisation_id FROM script_jobs")).toEqual(["north", "north"])
      })
    )
  )
)

it.live("makes what a script makes in the organisation of its job", () =>
  Effect.promise(() =>
    runtime.runPromise(
      Effect.gen(function* () {
        const { create, createBatch } = yield* Jobs
        const request = { jobType: "idle", input: {} }
        const script = Effect.gen(function* () {
          const { job } = yield* create(request)
          const { jobs } = yield* createBatch([request], { idempotencyKey: "rows" })
          return [job.id, ...jobs.map(({ id }) => id)]
        })

        const running = { id: JobId.make(Bun.randomUUIDv7()), organisationId: "south" }
        const made = yield* Effect.provideService(script, CurrentJob, Option.some(running))

        const found = yield* column(`SELECT organisation_id FROM script_jobs WHERE id IN ('${made.join("', '")}')`)
        expect(found).toEqual(["south", "south"])
        expect(yield* column("SELECT organisation_id FROM idempotency_keys")).toContain("south")
      })
    )
  )
)
