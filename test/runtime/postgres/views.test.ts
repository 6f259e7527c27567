import { expect } from "bun:test"
import { DateTime, Duration, Effect } from "effect"
import { SqlClient } from "effect/sql"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import { JobReports } from "../../../src/domain/JobReports.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { Lanes } from "../../../src/domain/Lanes.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle, scripted } from "../../support/scripts.ts"
import { as, claimsOf, column } from "./asMember.ts"
import { add, claim, complete, fail, failure, firstClaim, retryLater } from "./builders.ts"

const other = scripted("other", () => Effect.succeed(null))

const inDatabase = databaseTests(idle, other)

inDatabase(
  "says per lane what waits and why, what runs, and how many places there are",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const lanes = yield* Lanes
    const queue = yield* JobQueue
    expect(yield* lanes.list).toEqual(
      (["browser", "default", "quick", "system"] as const).map((lane) => ({
        lane,
        capacity: 0,
        running: 0,
        ready: 0,
        scheduled: 0,
        blocked: 0
      }))
    )
    const oldest = yield* add({ concurrencyKey: "oven" })
    yield* add({ dependsOn: [(yield* add({ concurrencyKey: "oven" })).id] })
    yield* add({ runAt: DateTime.addDuration(yield* DateTime.now, Duration.hours(1)) })
    yield* queue.beat([], "claiming")
    yield* sql`INSERT INTO workers (name, boot_id, lanes, seen_at) VALUES
      ('second', gen_random_uuid(), '{"default": 3}', now()), ('gone', gen_random_uuid(), '{"default": 50}', now() - interval '16 s')`

    const report = (yield* lanes.list)[1]
    expect(report).toEqual({
      lane: "default",
      capacity: 11,
      running: 0,
      ready: 1,
      scheduled: 1,
      blocked: 2,
      oldestReadyAt: oldest.runAt
    })
    yield* firstClaim
    yield* sql`DELETE FROM workers`
    expect((yield* lanes.list)[1]).toMatchObject({ capacity: 0, running: 1, ready: 0, blocked: 2 })
  })
)

inDatabase(
  "calls no job the oldest that could run whose type is paused, for whoever asks",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const lanes = yield* Lanes
    const [old, young] = [yield* add({ jobType: "other" }), yield* add()]
    yield* sql`UPDATE job_queue SET run_at = now() - interval '1 hour' WHERE id = ${old.id}::uuid`
    const oldestOf = (view: string) =>
      column(
        `SELECT q.job_type FROM ${view} l JOIN job_queue q ON q.run_at = l.oldest_ready_at WHERE l.lane = 'default'`
      )
    const oldestForCallers = Effect.map(
      as(claimsOf("ann", "default"))(column("SELECT oldest_ready_at FROM lanes_for_callers() WHERE lane = 'default'")),
      ([at]) => at
    )
    expect(yield* oldestOf("script_jobs_queue_status")).toEqual(["other"])
    expect(yield* oldestForCallers).not.toEqual(new Date(young.runAt.epochMilliseconds))

    yield* lanes.pauseType("other", {})

    expect(yield* oldestOf("script_jobs_queue_status")).toEqual(["idle"])
    expect(yield* oldestForCallers).toEqual(new Date(young.runAt.epochMilliseconds))
  })
)

inDatabase(
  "groups failures that differ in numbers, ids and quoted names, and nothing else",
  Effect.gen(function* () {
    const reports = yield* JobReports
    const fails = (message: string, rest = {}, request = {}) =>
      Effect.gen(function* () {
        const job = yield* add(request)
        yield* fail(yield* firstClaim, { ...failure, message, step: "first", ...rest })
        return job
      })
    const same = [
      'No dish 17 called "Pizza" in JOB_20260101_000000_0123abcd',
      "no dish 4 called 'Spaghetti' in 0190b0a0-1234-7abc-8def-0123456789ab",
      "No dish 5 called “Tiramisù” in https://portal.example/menus/5?page=2"
    ]
    for (const [n, message] of same.entries()) yield* fails(message, {}, { restaurantId: `r-${n % 2}` })
    yield* fails("The portal isn't open; sign-in can't go on")
    const latest = yield* fails("The portal isn't there; sign-in can't go on")
    yield* fails(same[0]!, { step: "second" })
    yield* fails(same[0]!, { code: "TIMEOUT" })
    yield* fails(same[0]!, {}, { jobType: "other" })
    const retried = yield* fails(same[0]!)
    yield* (yield* Jobs).retry(retried.id, {})

    const groups = yield* reports.failures
    expect(
      groups.map(({ code, jobs, jobType, restaurants, step }) => [jobType, step, code, jobs, restaurants])
    ).toEqual([
      ["idle", "first", "NETWORK_ERROR", 3, 2],
      ["other", "first", "NETWORK_ERROR", 1, 0],
      ["idle", "first", "TIMEOUT", 1, 0],
      ["idle", "second", "NETWORK_ERROR", 1, 0],
      ["idle", "first", "NETWORK_ERROR", 1, 0],
      ["idle", "first", "NETWORK_ERROR", 1, 0]
    ])
    expect(groups[4]).toMatchObject({
      latestJobId: latest.jobId,
      latestMessage: "The portal isn't there; sign-in can't go on"
    })
    const found = yield* reports.list({ fingerprint: groups[0]!.fingerprint }, { limit: 9 })
    expect(found.jobs).toHaveLength(3)
    expect(new Set(groups.map(({ fingerprint }) => fingerprint)).size).toBe(6)
  })
)

inDatabase(
  "measures the jobs of the last day per type",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* Effect.forEach([1, 2, 3, 4], () => add())
    yield* add({ jobType: "other" })
    const claims = yield* claim(4)
    for (const [n, each] of claims.entries()) {
      yield* n === 3 ? fail(each) : n === 2 ? retryLater(each, Duration.minutes(1)) : complete(each)
    }
    // A minute of waiting each; runs of 1 and 3 seconds.
    yield* sql`UPDATE script_jobs SET created_at = created_at - interval '1 hour', run_at = started_at - interval '1 minute'
      WHERE job_type = 'idle'`
    yield* sql`UPDATE script_jobs SET completed_at = started_at + interval '1 second' WHERE id = ${claims[0]!.id}::uuid`
    yield* sql`UPDATE script_jobs SET completed_at = started_at + interval '3 seconds' WHERE id = ${claims[1]!.id}::uuid`

    const [metrics, none] = yield* sql<Record<string, unknown>>`SELECT * FROM script_jobs_metrics ORDER BY job_type`
    expect(metrics).toMatchObject({
      jobType: "idle",
      lane: "default",
      created: 4,
      completed: 2,
      failed: 1,
      cancelled: 0,
      retries: 1,
      crashes: 0,
      successRate: 2 / 3,
      durationP50Ms: 2_000,
      waitP95Ms: 60_000
    })
    expect(none).toMatchObject({
      jobType: "other",
      created: 1,
      successRate: null,
      durationP50Ms: null,
      waitP95Ms: null
    })
    yield* sql`UPDATE script_jobs SET id = overlay(id::text PLACING '0190' FROM 1)::uuid WHERE job_type = 'other'`
    expect(yield* sql`SELECT job_type FROM script_jobs_metrics`).toEqual([{ jobType: "idle" }])
  })
)

inDatabase(
  "counts of each kind of failure the newest 10,000, however many there are, and finds the rare ones beside them",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const failed = (message: string, from: number, to: number) => sql`
      INSERT INTO script_jobs (id, job_id, job_type, lane, input_payload, total_steps, max_retries, timeout_ms, expires_at,
        status, completed_at, error_code, error_message, error_retryable)
      SELECT overlay(first_id_at(now())::text PLACING lpad(to_hex(n), 12, '0') FROM 25)::uuid,
        'JOB_20260101_000000_' || lpad(to_hex(n), 8, '0'), 'idle', 'default', '{}', 1, 3, 1000, now(),
        'failed', now(), 'NOT_FOUND', ${message}::text, false
      FROM generate_series(${from}::integer, ${to}::integer) n`
    yield* failed("one of very many", 1, 10_050)
    yield* sql`ANALYZE script_jobs`
    yield* failed("a rare one", 20_001, 20_002)

    const groups = yield* (yield* JobReports).failures

    expect(groups.map(({ jobs, latestMessage }) => [latestMessage, jobs])).toEqual([
      ["one of very many", 10_000],
      ["a rare one", 2]
    ])
    expect(groups[0]).toMatchObject({ latestJobId: "JOB_20260101_000000_00002742" })
  })
)
