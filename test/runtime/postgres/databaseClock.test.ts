import { expect } from "bun:test"
import { Clock, Duration, Effect, Logger, Metric } from "effect"
import { SqlClient } from "effect/sql"
import { Upkeep } from "../../../src/domain/Upkeep.ts"
import { makeClockWatch } from "../../../src/runtime/postgres/databaseClock.ts"
import { sweepIdentity } from "../../../src/runtime/postgres/identitySweep.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { add, complete, firstClaim } from "./builders.ts"

const inDatabase = databaseTests(idle)

const hours = (count: number) => Duration.toMillis(Duration.hours(count))

/** Clocks of this process that went that much further than they did, and what it logs of warnings and worse. */
const settable = Effect.gen(function* () {
  const clock = yield* Clock.Clock
  const by = { wallMs: 0, monotonicMs: 0 }
  const lines: Array<string> = []
  const set = Object.assign(Object.create(clock) as Clock.Clock, {
    currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + by.wallMs,
    monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe() + BigInt(by.monotonicMs) * 1_000_000n
  })
  const logger = Logger.make(({ logLevel, message }) => void lines.push(`${logLevel} ${message}`))
  const under = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    effect.pipe(Effect.provideService(Clock.Clock, set), Effect.provide(Logger.layer([logger])))
  return { by, lines, under }
})

/** An old job, an entry of the audit and a session that are all to be removed. */
const oldThings = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { id } = yield* add()
  yield* Effect.flatMap(firstClaim, (claimed) => complete(claimed))
  yield* sql`INSERT INTO job_logs (job_id, attempt, at, level, message) VALUES (${id}::uuid, 1, now(), 'info', '')`
  yield* sql`INSERT INTO job_artifacts (job_id, name, kind, content_type, size, sha256, expires_at, store, key)
    VALUES (${id}::uuid, 'a', 'file', 'text/plain', 1, repeat('0', 64), now(), 'folder', ${id})`
  yield* sql`INSERT INTO audit_log (id, at, organisation_id, via, subject, name, action)
    VALUES (gen_random_uuid(), now() - interval '2 years', 'default', 'key', 'ann', 'Ann', 'cancel')`
})

const left = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<{ jobs: number; lines: number; files: number; audit: number }>`
    SELECT (SELECT count(*)::int FROM script_jobs) AS jobs, (SELECT count(*)::int FROM job_logs) AS lines,
      (SELECT count(*)::int FROM job_artifacts) AS files, (SELECT count(*)::int FROM audit_log) AS audit`
).pipe(Effect.map(([row]) => row))

const removeAll = Effect.gen(function* () {
  const removed = yield* (yield* Upkeep).removeOld(Duration.zero)
  yield* sweepIdentity
  return removed
})

const ALL = { jobs: 1, lines: 1, files: 1, audit: 1 }
const NONE = { jobs: 0, lines: 0, files: 0, audit: 0 }

inDatabase(
  "removes nothing while the database's clock is over an hour apart from that of the process, and says so once",
  Effect.gen(function* () {
    const { by, lines, under } = yield* settable
    yield* oldThings

    for (const wallMs of [hours(-2), hours(2), hours(-40 * 24)]) {
      by.wallMs = wallMs
      expect(yield* under(removeAll)).toBe(0)
      expect(yield* left).toEqual(ALL)
    }
    expect(lines).toEqual([expect.stringMatching(/^Warn nothing old is removed: .* more than an hour apart$/u)])

    by.wallMs = hours(-0.9)
    expect(yield* under(removeAll)).toBe(1)
    expect(yield* left).toEqual(NONE)
    expect(lines).toHaveLength(1)
  })
)

inDatabase(
  "removes nothing for an hour after the clocks went two hours less than the time did, and says so once",
  Effect.gen(function* () {
    const { by, lines, under } = yield* settable
    yield* under(removeAll)
    yield* oldThings

    for (const passed of [2, 2.4, 2.9]) {
      by.monotonicMs = hours(passed)
      expect(yield* under(removeAll)).toBe(0)
      expect(yield* left).toEqual(ALL)
    }
    expect(lines).toEqual([expect.stringMatching(/^Warn nothing old is removed: .* jumped by more than an hour/u)])

    by.monotonicMs = hours(3.1)
    expect(yield* under(removeAll)).toBe(1)
    expect(yield* left).toEqual(NONE)
    expect(lines).toHaveLength(1)
  })
)

inDatabase(
  "tells of a difference of the clocks once, again when it changes, and when it is over",
  Effect.gen(function* () {
    const { by, lines, under } = yield* settable
    const watch = yield* makeClockWatch
    const differ = "Warn the clocks of this process and of the database differ: let NTP set both"
    const agree = "Info the clocks of this process and of the database agree again"
    const seen = (wallMs: number) => {
      by.wallMs = wallMs
      return Effect.map(under(watch), () => lines.splice(0))
    }

    const told: Array<ReadonlyArray<string>> = []
    for (const seconds of [1, 600, 602, 620, 3, 1, 0, -600]) told.push(yield* seen(seconds * 1000))

    expect(told).toEqual([[], [differ], [], [differ], [], [agree], [], [differ]])
    const gauge = (yield* Metric.snapshot).find(({ id }) => id === "callboard_clock_difference_seconds")
    expect(gauge?.state).toMatchObject({ value: expect.closeTo(600, -1) })
  }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
)
