/** When there may be something new of a job, and what. Signals that nobody has taken yet are one signal. */
import { Effect, Latch, Stream } from "effect"
import { JobChanges } from "../../domain/JobChanges.ts"
import type { JobId } from "../../domain/JobId.ts"

export interface Signals {
  /** The job changed. */
  readonly job: boolean
  /** It has new log lines. */
  readonly log: boolean
  /** News may have been lost, or time passed without any. */
  readonly any: boolean
  /** Very many jobs changed, perhaps this one. */
  readonly many: boolean
}

const NONE: Signals = { job: false, log: false, any: false, many: false }

/** Files, reasons and time limits change without any news. */
const LOOK_EVERY = "5 seconds"

export const listenTo = Effect.fnUntraced(function* (id: JobId) {
  const { changes } = yield* JobChanges
  const latch = yield* Latch.make(false)
  let signals = NONE
  const signal = (news: Partial<Signals>) =>
    Effect.suspend(() => {
      signals = { ...signals, ...news }
      return latch.open
    })
  yield* changes.pipe(
    Stream.runForEach((change) => {
      if (change._tag === "Gap") return signal({ any: true })
      if (change._tag === "Many") return signal({ many: true })
      if (change.id !== id) return Effect.void
      return signal(change._tag === "Logged" ? { log: true } : { job: true })
    }),
    Effect.forkScoped({ startImmediately: true })
  )
  /** Waits for a signal. The first one comes at once. */
  return latch.await.pipe(
    Effect.timeoutOrElse({ duration: LOOK_EVERY, orElse: () => signal({ any: true }) }),
    Effect.andThen(
      Effect.sync(() => {
        const taken = signals
        signals = NONE
        latch.closeUnsafe()
        return taken
      })
    )
  )
})
