import { expect } from "bun:test"
import { Effect, Option } from "effect"
import { SqlClient } from "effect/sql"
import { CurrentCaller, localCaller } from "../../../src/domain/Caller.ts"
import { JobEstimates } from "../../../src/domain/JobEstimates.ts"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import { Workers } from "../../../src/domain/Workers.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { add, claim, complete, fail, failure, firstClaim, get } from "./builders.ts"

const inDatabase = databaseTests(idle)

/** Completes jobs that took so many seconds, half of it in a step named `first`. */
const runsOf = (...seconds: ReadonlyArray<number>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    for (const second of seconds) {
      yield* add()
      const claimed = yield* firstClaim
      yield* sql`INSERT INTO job_steps (job_id, attempt, name, number, started_at, ended_at, outcome)
        VALUES (${claimed.id}::uuid, 1, 'first', 1, now() - ${second / 2} * interval '1 second', now(), 'completed')`
      yield* complete(claimed)
      yield* sql`UPDATE script_jobs SET completed_at = started_at + ${second} * interval '1 second' WHERE id = ${claimed.id}::uuid`
    }
  })

const refreshed = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`SELECT refresh_job_estimates(interval '0')`
  // Another organisation for each look, because what was read is kept for some seconds.
  const organisationId = `org-${Bun.randomUUIDv7()}`
  yield* sql`UPDATE job_estimates SET organisation_id = ${organisationId} WHERE organisation_id = 'default'`
  const { types } = yield* JobEstimates
  const known = yield* types.pipe(Effect.provideService(CurrentCaller, Option.some({ ...localCaller, organisationId })))
  yield* sql`UPDATE job_estimates SET organisation_id = 'default' WHERE organisation_id = ${organisationId}`
  return known.get("idle")
})

inDatabase(
  "knows medians and quantiles of the last 30 successful runs and of their steps, and how jobs end",
  Effect.gen(function* () {
    yield* runsOf(...Array.from({ length: 5 }, () => 900), ...Array.from({ length: 30 }, (_, n) => 10 + n * 2))
    yield* add()
    yield* fail(yield* firstClaim, { ...failure, step: "first", message: "No menu" })

    const estimate = yield* refreshed

    expect(estimate).toMatchObject({ ended: 36, failed: 1, commonError: "No menu" })
    expect(estimate?.times).toEqual({ runs: 30, p25Ms: 24_500, medianMs: 39_000, p75Ms: 53_500, p90Ms: 62_200 })
    expect(estimate?.durationsMs).toHaveLength(30)
    expect(estimate?.steps.get("first")).toMatchObject({ failed: 1, commonError: "No menu" })
    expect(Math.round((estimate?.steps.get("first")?.times?.medianMs ?? 0) / 100)).toBe(195)
  })
)

inDatabase(
  "leaves out the time in which a person was waited for",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* runsOf(100)
    yield* sql`INSERT INTO job_prompts (id, job_id, attempt, lease_token, step, kind, label, times_asked, state, asked_at,
        deadline, answered_at, closed_at)
      SELECT gen_random_uuid(), id, 1, gen_random_uuid(), 'first', 'text', 'x', 1, 'answered', started_at, now(),
        started_at + interval '30 seconds', now() FROM script_jobs`

    const estimate = yield* refreshed

    expect(estimate?.times?.medianMs).toBe(70_000)
    expect(Math.round((estimate?.steps.get("first")?.times?.medianMs ?? 0) / 1_000)).toBe(20)
  })
)

inDatabase(
  "forgets types without jobs, and does nothing twice within the time",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* runsOf(10)
    yield* sql`SELECT refresh_job_estimates(interval '50 seconds')`
    yield* runsOf(10)
    const [again] = yield* sql<{ done: boolean }>`SELECT refresh_job_estimates(interval '50 seconds') AS done`
    expect(again?.done).toBe(false)
    yield* sql`DELETE FROM script_jobs`
    yield* sql`SELECT refresh_job_estimates(interval '0')`

    expect(yield* sql`SELECT * FROM job_estimates`).toEqual([])
  })
)

inDatabase(
  "says how long a running job still needs, once five runs are known",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const etaOf = Effect.gen(function* () {
      const { id } = yield* add()
      yield* firstClaim
      yield* sql`UPDATE script_jobs SET started_at = now() - interval '40 seconds' WHERE id = ${id}::uuid`
      const { etaMs } = yield* get(id)
      yield* sql`DELETE FROM script_jobs WHERE id = ${id}::uuid`
      return etaMs
    })
    yield* runsOf(100, 100, 100, 100)
    yield* sql`SELECT refresh_job_estimates(interval '0')`
    const before = yield* etaOf
    yield* runsOf(100)
    yield* sql`SELECT refresh_job_estimates(interval '0')`
    const after = yield* etaOf
    const waiting = yield* get((yield* add()).id)

    expect(before).toBeUndefined()
    expect(Math.round((after ?? 0) / 10_000)).toBe(6)
    expect(waiting.etaMs).toBeUndefined()
  })
)

inDatabase(
  "tells places in line with the time until each starts, and what workers do",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const queue = yield* JobQueue
    yield* runsOf(60, 60, 60, 60, 60)
    yield* sql`SELECT refresh_job_estimates(interval '0')`
    yield* queue.beat([], "claiming")
    yield* sql`UPDATE workers SET lanes = '{"default": 1}'`
    yield* add()
    yield* claim(1)
    const [second, third] = [yield* add(), yield* add()]

    const places = yield* (yield* JobEstimates).places([second.id, third.id])
    const [worker] = yield* (yield* Workers).list

    expect([places.get(second.id)?.place, places.get(third.id)?.place]).toEqual([1, 2])
    expect(Math.round((places.get(third.id)?.startsInMs ?? 0) / 10_000)).toBe(12)
    expect(worker).toMatchObject({ name: "worker-a", alive: true, running: 1, places: { default: 1 } })
    expect(worker?.memoryMb).toBeGreaterThan(10)
    expect(worker?.jobs[0]?.jobType).toBe("idle")
  })
)
