import { expect } from "bun:test"
import { DateTime, Duration, Effect } from "effect"
import { SqlClient } from "effect/sql"
import type { Job } from "../../../src/domain/Job.ts"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { Lanes } from "../../../src/domain/Lanes.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle, scripted } from "../../support/scripts.ts"
import { add, claim, complete, disagreements, firstClaim, get, retryLater } from "./builders.ts"

const other = scripted("other", () => Effect.succeed(null))

const inDatabase = databaseTests(idle, other)

const inAnHour = Effect.map(DateTime.now, (now) => DateTime.addDuration(now, Duration.hours(1)))
const codes = (job: Job) => (job.waitingFor ?? []).map(({ code }) => code)
const codesOf = (job: Job) => Effect.map(get(job.id), codes)

/** This worker beats, so that its places count. */
const beat = (phase: "claiming" | "draining" = "claiming") => Effect.flatMap(JobQueue, (queue) => queue.beat([], phase))

inDatabase(
  "says who paused a lane or a type, when and why, and claims nothing of it until it is resumed",
  Effect.gen(function* () {
    const lanes = yield* Lanes
    yield* beat()
    const job = yield* add()
    const paused = yield* lanes.pause("default", { by: "ada", reason: "the portal is down" })
    yield* lanes.pauseType("idle", { by: "bob" })

    expect(paused.paused).toMatchObject({ by: "ada", reason: "the portal is down" })
    expect((yield* get(job.id)).waitingFor).toMatchObject([
      { code: "paused_lane", since: paused.paused!.since, by: "ada", note: "the portal is down" },
      { code: "paused_type", by: "bob" }
    ])
    expect(yield* claim()).toEqual([])
    expect([...(yield* lanes.pausedTypes).keys()]).toEqual(["idle"])

    yield* lanes.resume("default")
    expect(yield* claim()).toEqual([])
    const free = yield* add({ jobType: "other" })
    expect((yield* claim()).map(({ id }) => id)).toEqual([free.id])
    yield* lanes.resumeType("idle")
    expect((yield* claim()).map(({ id }) => id)).toEqual([job.id])
    expect((yield* Effect.flip(lanes.pauseType("nope", {})))._tag).toBe("UnknownJobType")
  })
)

inDatabase(
  "keeps the moment of a pause when it is paused again with another reason",
  Effect.gen(function* () {
    const lanes = yield* Lanes
    const first = yield* lanes.pause("default", { by: "ada", reason: "one" })
    const second = yield* lanes.pause("default", { by: "bob", reason: "two" })

    expect(second.paused).toEqual({ since: first.paused!.since, by: "bob", reason: "two" })
    expect((yield* lanes.resume("default")).paused).toBeUndefined()
  })
)

inDatabase(
  "says until when a job is delayed, and whether it is a next try",
  Effect.gen(function* () {
    yield* beat()
    const runAt = yield* inAnHour
    expect((yield* add({ runAt })).waitingFor).toEqual([{ code: "scheduled", until: runAt }])

    yield* add()
    const claimed = yield* firstClaim
    yield* retryLater(claimed, Duration.minutes(5))
    const job = yield* get(claimed.id)
    expect(job.waitingFor).toEqual([{ code: "backoff", until: job.runAt }])
  })
)

inDatabase(
  "names what a job needs, and the job that holds its key",
  Effect.gen(function* () {
    yield* beat()
    const holder = yield* add({ concurrencyKey: "oven" })
    const behind = yield* add({ concurrencyKey: "oven" })
    expect(behind.waitingFor).toEqual([{ code: "concurrency_key", jobs: [holder.jobId] }])
    const dependsOn = (yield* Effect.forEach(Array.from({ length: 12 }), () => add())).map(({ id }) => id)
    const dependent = yield* add({ dependsOn })

    expect(dependent.waitingFor).toMatchObject([{ code: "dependency" }])
    expect(dependent.waitingFor?.[0]?.jobs).toHaveLength(10)
    yield* firstClaim
    expect((yield* get(behind.id)).waitingFor).toEqual([{ code: "concurrency_key", jobs: [holder.jobId] }])
  })
)

inDatabase(
  "says that no worker takes the job, that it drains, or that all places are taken",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const job = yield* add()
    expect(yield* codesOf(job)).toEqual(["no_worker"])
    yield* beat("draining")
    expect(yield* codesOf(job)).toEqual(["draining"])
    yield* beat()
    expect(yield* codesOf(job)).toEqual([])

    // The worker that knows the type comes back after its drain; the one that claims does not know it.
    yield* beat("draining")
    yield* sql`INSERT INTO workers (name, boot_id, lanes, types) VALUES ('b', gen_random_uuid(), '{"default": 1}', '{other}')`
    expect(yield* codesOf(job)).toEqual(["draining"])
    yield* sql`UPDATE workers SET seen_at = now() - interval '16 seconds' WHERE name = 'b'`
    expect(yield* codesOf(job)).toEqual(["draining"])

    yield* beat()
    yield* Effect.forEach(Array.from({ length: 8 }), () => add())
    yield* claim(8)
    const [left] = yield* sql<{ id: Job["id"] }>`SELECT id FROM job_queue`
    expect((yield* get(left!.id)).waitingFor).toEqual([{ code: "pool_full", limit: 8 }])
  })
)

/** Jobs alone and all together, explained by one look at the workers where that is enough, and always at length. */
const explainedBothWays = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const ids = (yield* sql<{ id: string }>`SELECT id FROM job_queue UNION SELECT id FROM job_leases`).map(({ id }) => id)
  for (const asked of [...ids.map((id) => [id]), ids]) {
    const [ours, short, long] = yield* Effect.forEach(
      [
        sql`waiting_reasons(${asked}::uuid[])`,
        sql`explain_at_once(${asked}::uuid[], NULL)`,
        sql`explain_waiting(${asked}::uuid[])`
      ],
      (explained) => sql`SELECT id, reasons FROM ${explained} ORDER BY id`
    )
    expect([ours, short]).toEqual([long!, long!])
  }
})

inDatabase(
  "gives the same reasons for jobs of one kind as for others",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* Effect.forEach(Array.from({ length: 10 }), () => add())
    yield* explainedBothWays
    yield* beat("draining")
    yield* explainedBothWays
    yield* beat()
    yield* explainedBothWays
    yield* claim(7)
    yield* explainedBothWays
    yield* claim(1)
    yield* explainedBothWays
    yield* sql`UPDATE job_leases SET expires_at = now() - interval '1 second'`
    yield* explainedBothWays
    yield* sql`UPDATE job_queue SET suspect = true`
    yield* explainedBothWays
    yield* add({ jobType: "other" })
    yield* explainedBothWays
    yield* Effect.flatMap(Lanes, (lanes) => lanes.pause("default", {}))
    yield* explainedBothWays
  })
)

inDatabase(
  "says that the lease of a running job was lost",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* beat()
    const job = yield* add()
    yield* firstClaim
    expect(yield* codesOf(job)).toEqual([])
    yield* sql`UPDATE job_leases SET expires_at = now() - interval '1 second'`

    expect(yield* codesOf(job)).toEqual(["lease_lost"])
  })
)

/** A small random number generator, so that a failure can be run again. */
const random = (seed: number) => {
  let state = seed
  return (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >>> 8) % below
  }
}

for (const seed of [1, 2, 3, 4, 5, 6]) {
  inDatabase(
    `claims exactly the jobs that nothing holds back (seed ${seed})`,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const jobs = yield* Jobs
      const lanes = yield* Lanes
      const next = random(seed)
      const runAt = yield* inAnHour
      const made: Array<Job> = []
      for (let n = 0; n < 60; n++) {
        const needed = made.length === 0 || next(3) > 0 ? [] : [made[next(made.length)]!.id]
        made.push(
          yield* add({
            jobType: next(3) === 0 ? "other" : "idle",
            priority: next(3) - 1,
            dependsOn: needed,
            onDependencyFailure: next(2) === 0 ? "run" : "fail",
            ...(next(3) === 0 && { concurrencyKey: `key-${next(4)}` }),
            ...(next(6) === 0 && { runAt })
          })
        )
        if (next(8) === 0) yield* Effect.ignore(jobs.cancel(made[next(made.length)]!.id))
        if (next(6) === 0) yield* Effect.forEach(yield* claim(2), (each) => complete(each))
        if (next(9) === 0) yield* claim(1)
      }
      if (next(2) === 0) yield* lanes.pauseType("other", {})
      if (seed % 3 === 0) yield* lanes.pause("default", {})

      const rows = sql<{ id: string }>`SELECT id FROM job_waiting WHERE held_by = '{}' ORDER BY id`
      const free = (yield* rows).map(({ id }) => id)
      expect(yield* disagreements).toEqual([])
      const claims = yield* claim(200)

      expect(claims.map(({ id }) => String(id)).toSorted()).toEqual(free)
      expect(yield* rows).toEqual([])
      // People are told a reason for everything that waits on.
      yield* beat()
      for (const job of yield* Effect.forEach(made, ({ id }) => get(id))) {
        if (job.status === "pending") expect(codes(job)).not.toEqual([])
      }
    })
  )
}
