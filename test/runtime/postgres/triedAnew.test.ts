import { expect } from "bun:test"
import { Effect, Fiber, Option } from "effect"
import { CurrentCaller } from "../../../src/domain/Caller.ts"
import { JobId } from "../../../src/domain/JobId.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { disagreements, get } from "./builders.ts"
import { beginByHand, waitingStatements } from "./byHand.ts"

const inDatabase = databaseTests(idle)

const until = JobId.make("ffffffff-ffff-7fff-bfff-ffffffffffff")
const ada = { subject: "ada", name: "Ada", role: "admin", organisationId: "default", via: "local" } as const

const ways = {
  "a cancel": (id: JobId) => Effect.flatMap(Jobs, (jobs) => jobs.cancel(id)),
  "somebody's cancel": (id: JobId) =>
    Effect.provideService(
      Effect.flatMap(Jobs, (jobs) => jobs.cancel(id)),
      CurrentCaller,
      Option.some(ada)
    ),
  "a cancel of many": (id: JobId) =>
    Effect.flatMap(Jobs, (jobs) => jobs.applyToMany("cancel", { ids: [id] }, { until, most: 10 }))
}

for (const [which, cancel] of Object.entries(ways)) {
  inDatabase(
    `lets ${which} try again that gave way to who waited for it`,
    Effect.gen(function* () {
      // Jobs that stand before what they need.
      const { jobs } = yield* (yield* Jobs).createBatch([
        { jobType: "idle", input: {}, clientRef: "first", dependsOn: ["needed"] },
        { jobType: "idle", input: {}, clientRef: "second", dependsOn: ["needed"] },
        { jobType: "idle", input: {}, clientRef: "needed" }
      ])
      const [first, second, needed] = jobs.map(({ id }) => id) as [JobId, JobId, JobId]
      const lock = "SELECT id FROM script_jobs WHERE id = $1 FOR NO KEY UPDATE"
      const gate = yield* beginByHand
      yield* gate.run(lock, first)
      const other = yield* beginByHand
      yield* other.run("SET LOCAL deadlock_timeout = '1 h'")
      yield* other.run(lock, second)
      const cancelling = yield* Effect.forkChild(cancel(needed))
      yield* waitingStatements("script_jobs", 1)
      const waiting = yield* other.start(lock, needed)

      // Now the cancel goes on to the second one, and is the last who begins to wait.
      yield* gate.rollback
      yield* waiting.end
      yield* other.rollback
      yield* Fiber.join(cancelling)

      const ends = yield* Effect.forEach([first, second, needed], (id) => get(id))
      expect(ends.map(({ status }) => status)).toEqual(["failed", "failed", "cancelled"])
      expect(yield* disagreements).toEqual([])
    }).pipe(Effect.scoped)
  )
}
