/** What this process makes of the database's clock, which decides when something is old. */
import { DateTime, Duration, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { makeGauge, NO_LABELS } from "../../domain/meters.ts"
import { keepDoing } from "../backgroundRounds.ts"
import { moment } from "../Moment.ts"
import { unavailable } from "./callFailures.ts"

/** Far more than clocks drift, far less than anything is kept. */
const TOO_FAR = Duration.hours(1)

/** After a jump nobody knows yet whether the clock was wrong before it or is wrong now. */
const HELD_FOR = Duration.hours(1)

const TOLD_EVERY = Duration.hours(1)

/** NTP keeps clocks within milliseconds; from here on, times on the board are wrong to the eye. */
const NOTICED = Duration.seconds(5)

const LOOK_EVERY = Duration.minutes(1)

const difference = makeGauge(
  "callboard_clock_difference_seconds",
  "How far the database's clock is ahead of this process's. Below 0: behind.",
  []
)

interface Look {
  readonly databaseMs: number
  readonly monotonicMs: number
  /** Of the database ahead of this process. What the answer took may be a part of it, and is taken off. */
  readonly aheadMs: number
}

const look = (sql: SqlClient.SqlClient) =>
  Effect.gen(function* () {
    const before = yield* moment
    const [row] = yield* sql<{ now: Date }>`SELECT clock_timestamp() AS now`
    const after = yield* moment
    const databaseMs = row!.now.getTime()
    const aheadMs = Math.max(0, databaseMs - after.wallMs) + Math.min(0, databaseMs - before.wallMs)
    return { databaseMs, monotonicMs: after.monotonicMs, aheadMs } satisfies Look
  })

interface Doubts {
  last?: Look
  heldUntilMs?: number
  toldAtMs?: number
}

/** By database: all that removes in this process has the same doubts, and tells them once. */
const doubtsOf = new WeakMap<SqlClient.SqlClient, Doubts>()

const isFar = (ms: number) => Math.abs(ms) > Duration.toMillis(TOO_FAR)

/**
 * Whether what is old by the database's clock may be removed now: a clock that once runs ahead must not empty the board.
 * Not while it is far from this process's, and not for an hour after it went another way than the time did.
 */
export const mayRemove = Effect.fnUntraced(function* (sql: SqlClient.SqlClient) {
  const doubts = doubtsOf.get(sql) ?? {}
  doubtsOf.set(sql, doubts)
  const { last } = doubts
  const now = yield* look(sql)
  doubts.last = now
  const isHeld = doubts.heldUntilMs !== undefined && doubts.heldUntilMs > now.monotonicMs
  const hasJumped = last && isFar(now.databaseMs - last.databaseMs - (now.monotonicMs - last.monotonicMs))
  // What is held is not held longer: a machine that sleeps often would never remove anything.
  if (hasJumped && !isHeld) doubts.heldUntilMs = now.monotonicMs + Duration.toMillis(HELD_FOR)
  const isApart = isFar(now.aheadMs)
  if (!isApart && !isHeld && !hasJumped) return true
  if (doubts.toldAtMs === undefined || now.monotonicMs - doubts.toldAtMs >= Duration.toMillis(TOLD_EVERY)) {
    doubts.toldAtMs = now.monotonicMs
    const why = isApart
      ? "the clocks of this process and of the database are more than an hour apart"
      : "the database's clock jumped by more than an hour, or this machine slept; it is trusted again after an hour"
    yield* Effect.annotateLogs(Effect.logWarning(`nothing old is removed: ${why}`), {
      databaseTime: DateTime.formatIso(DateTime.makeUnsafe(now.databaseMs)),
      databaseAheadMs: now.aheadMs
    })
  }
  return false
})

/** Tells of a difference once, and again when it has become another one. */
export const makeClockWatch = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  let toldMs = 0
  return Effect.gen(function* () {
    const { aheadMs } = yield* look(sql)
    yield* difference(NO_LABELS, aheadMs / 1000)
    const noticed = Duration.toMillis(NOTICED)
    if (Math.abs(aheadMs) > noticed) {
      if (toldMs !== 0 && Math.abs(aheadMs - toldMs) <= noticed) return
      toldMs = aheadMs
      const differ = Effect.logWarning("the clocks of this process and of the database differ: let NTP set both")
      yield* Effect.annotateLogs(differ, { databaseAheadMs: aheadMs })
    } else if (toldMs !== 0 && Math.abs(aheadMs) <= noticed / 2) {
      toldMs = 0
      yield* Effect.logInfo("the clocks of this process and of the database agree again")
    }
  })
})

/** Every process has a clock that may be wrong. */
export const clockWatch = Layer.effectDiscard(
  Effect.flatMap(makeClockWatch, (watch) =>
    keepDoing({ complaint: "could not look at the database's clock", pause: Effect.sleep(LOOK_EVERY) })(
      Effect.mapError(watch, unavailable("clockWatch"))
    )
  )
)
