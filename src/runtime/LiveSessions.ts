/**
 * The browsers of running jobs that may be watched. While one is open, the database is asked once a second who watches;
 * while none is, nothing is asked. Whatever goes wrong here is no matter of the job.
 */
import { Clock, Context, Duration, Effect, FiberHandle, FiberSet, Latch, Layer, Schedule, type Scope } from "effect"
import type { JobId } from "../domain/JobId.ts"
import type { Lease } from "../domain/Lease.ts"
import type { LiveSize } from "../domain/LiveView.ts"
import { monotonicMs, monotonicMsOf } from "../domain/monotonicMs.ts"
import type { OpenSession } from "./browser/BrowserSeat.ts"
import { screencast } from "./browser/Screencast.ts"
import { giveUpAfter } from "./giveUpAfter.ts"
import type { Masker } from "./Masker.ts"

export interface LiveSession {
  readonly jobId: JobId
  readonly attempt: number
}

/** Where pictures go, and where it is known who wants them. */
export class LivePictures extends Context.Service<
  LivePictures,
  {
    /** Those of these jobs that somebody watches. `answers`: their browsers answered lately. */
    readonly wanted: (
      sessions: ReadonlyArray<{ readonly jobId: JobId; readonly answers: boolean }>
    ) => Effect.Effect<ReadonlyMap<JobId, LiveSize>, unknown>
    readonly show: (session: LiveSession, number: number, jpeg: Uint8Array) => Effect.Effect<void, unknown>
    readonly hide: (session: LiveSession) => Effect.Effect<void, unknown>
    /** The session is over: its pictures are removed. */
    readonly end: (session: LiveSession) => Effect.Effect<void, unknown>
  }
>()("callboard/runtime/LivePictures") {}

export interface LiveSessionsApi {
  /** Lets people watch this session until the scope ends. Never fails. */
  readonly offer: (lease: Lease, session: OpenSession, mask: Masker) => Effect.Effect<void, never, Scope.Scope>
}

const ASK_EVERY = Duration.seconds(1)

/** Pictures are worth no waiting. */
const LONGEST_CALL = Duration.seconds(3)

/** A page that answered less long ago is well. */
const ANSWERED_WITHIN_MS = 6_000

/** A page that closed may be opened again. */
const CAST_AGAIN = Schedule.spaced("2 seconds")

interface Entry {
  readonly session: LiveSession
  readonly setSize: (size: LiveSize | undefined) => Effect.Effect<void>
  answeredAtMs: number
}

const make = Effect.gen(function* () {
  const clock = yield* Clock.Clock
  const pictures = yield* LivePictures
  const entries = new Set<Entry>()
  /** Jobs do not wait for the last word about their pictures. */
  const ends = yield* FiberSet.make<unknown>()
  const isAnyOpen = Latch.makeUnsafe(false)

  const quietly = <A>(effect: Effect.Effect<A, unknown>): Effect.Effect<A | undefined> =>
    effect.pipe(
      giveUpAfter(LONGEST_CALL),
      Effect.catchCause((cause) =>
        Effect.as(Effect.logDebug("live view: the database did not answer", cause), undefined)
      )
    )

  const ask = Effect.gen(function* () {
    yield* Latch.await(isAnyOpen)
    const now = yield* monotonicMs
    const wanted = yield* quietly(
      pictures.wanted(
        [...entries].map(({ answeredAtMs, session }) => ({
          jobId: session.jobId,
          answers: now - answeredAtMs < ANSWERED_WITHIN_MS
        }))
      )
    )
    for (const { session, setSize } of [...entries]) yield* setSize(wanted?.get(session.jobId))
    yield* Effect.sleep(ASK_EVERY)
  })
  yield* Effect.forkScoped(Effect.forever(ask))

  const offer: LiveSessionsApi["offer"] = (lease, { context, page }, mask) =>
    Effect.gen(function* () {
      const session: LiveSession = { jobId: lease.jobId, attempt: lease.attempt }
      const casting = yield* FiberHandle.make<void>()
      let number = 0
      let size: LiveSize | undefined
      let wasWatched = false

      const viewers = {
        show: (jpeg: Uint8Array) => quietly(pictures.show(session, ++number, jpeg)),
        hide: Effect.suspend(() => quietly(pictures.hide(session))),
        onAnswer: () => {
          entry.answeredAtMs = monotonicMsOf(clock)
        }
      }
      const cast = (of: LiveSize) =>
        screencast({ context, page, mask }, of, viewers).pipe(
          Effect.tapCause((cause) => Effect.logDebug("live view: the screencast ended", cause)),
          Effect.retry(CAST_AGAIN),
          Effect.ignore
        )
      const entry: Entry = {
        session,
        answeredAtMs: Number.NEGATIVE_INFINITY,
        setSize: (wanted) =>
          Effect.suspend(() => {
            // The session may have ended while the question was on its way.
            if (wanted === size || !entries.has(entry)) return Effect.void
            size = wanted
            if (wanted !== undefined) wasWatched = true
            // Takes the place of the one before without waiting for its end: a frozen browser must not hold up the others.
            return Effect.asVoid(FiberHandle.run(casting, wanted === undefined ? Effect.void : cast(wanted)))
          })
      }
      yield* Effect.acquireRelease(
        Effect.sync(() => {
          entries.add(entry)
          isAnyOpen.openUnsafe()
        }),
        () =>
          Effect.suspend(() => {
            entries.delete(entry)
            if (entries.size === 0) isAnyOpen.closeUnsafe()
            return wasWatched ? Effect.asVoid(FiberSet.run(ends, quietly(pictures.end(session)))) : Effect.void
          })
      )
    })

  return { offer }
})

/** Without the layer nobody can watch, and scripts run all the same. */
export const LiveSessions = Context.Reference<LiveSessionsApi>("callboard/runtime/LiveSessions", {
  defaultValue: () => ({ offer: () => Effect.void })
})

export const layer = Layer.effect(LiveSessions, make)
