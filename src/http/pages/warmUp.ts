/**
 * Visits the board as its first reader will, so that nobody waits for what the first pages cost alone: functions are
 * compiled when they are first called, and statements are planned. It begins when the process can serve, beside everything
 * else: a job that waits for a worker must not wait for pages.
 */
import { Clock, Effect } from "effect"
import { Hono } from "hono"
import { localCaller } from "../../domain/Caller.ts"
import type { CallerEnv } from "../callerOf.ts"
import type { Run } from "../Run.ts"

/** The engine compiles again what is called often, so one visit is not enough; more than these change little. */
const VISITS = 3

/** Besides the list of jobs. */
const pages = ["/", "/inbox", "/restaurants", "/failures", "/fleet"]

const tabs = ["", "/steps", "/browser", "/log", "/data"]

/** The newest job of a list. */
const firstJob = (list: string): string | undefined => /href="(\/jobs\/JOB_[^"/#]+)"/u.exec(list)?.[1]

/** Longer than any answer is kept. */
const AGO_MS = 3_600_000
const AGO_NANOS = BigInt(AGO_MS) * 1_000_000n

const earlier = (clock: Clock.Clock): Clock.Clock => {
  const nowMs = () => clock.currentTimeMillisUnsafe() - AGO_MS
  const monotonicNanos = () => clock.monotonicTimeNanosUnsafe() - AGO_NANOS
  return Object.create(clock, {
    currentTimeMillisUnsafe: { value: nowMs },
    currentTimeMillis: { value: Effect.sync(nowMs) },
    monotonicTimeNanosUnsafe: { value: monotonicNanos },
    monotonicTimeNanos: { value: Effect.sync(monotonicNanos) }
  }) as Clock.Clock
}

/**
 * Nobody asked for these visits, so they have no trace, and no reader is given what was read for them: all that is kept for
 * some seconds seems to be from long ago.
 */
export const unnoticed =
  (run: Run): Run =>
  (effect, signal) =>
    run(
      Clock.clockWith((clock) => Effect.provideService(effect, Clock.Clock, earlier(clock))).pipe(
        Effect.withTracerEnabled(false)
      ),
      signal
    )

/** What the board answers here goes nowhere, so it may show all that this computer sees. */
export const warmUp = (board: Hono): Effect.Effect<void> => {
  // What goes wrong here is told to the first reader whom it concerns.
  const app = new Hono<CallerEnv>()
    .use((c, next) => {
      c.set("caller", localCaller)
      return next()
    })
    .route("/", board)
    .onError((_, c) => c.body(null, 500))
  const visit = (path: string) =>
    Effect.promise((signal) => Promise.resolve(app.request(new Request(new URL(path, "http://localhost"), { signal }))))
  const read = (path: string) => Effect.flatMap(visit(path), (response) => Effect.promise(() => response.text()))
  const round = Effect.gen(function* () {
    const job = firstJob(yield* read("/jobs"))
    const ofJob = job === undefined ? [] : tabs.map((tab) => `${job}${tab}`)
    yield* Effect.forEach([...pages, ...ofJob], visit, { discard: true })
  })
  return round.pipe(Effect.repeat({ times: VISITS - 1 }), Effect.asVoid)
}
