/** Holds a status request until the job changes. */
import { Context, Duration, Effect, Queue, Stream } from "effect"
import type { Job } from "../../domain/Job.ts"
import { JobChanges } from "../../domain/JobChanges.ts"
import type { JobId, JobRef } from "../../domain/JobId.ts"
import { isTerminal } from "../../domain/JobStatus.ts"
import { type JobNotFound, Jobs, type JobsUnavailable } from "../../domain/Jobs.ts"
import { monotonicMs } from "../../domain/monotonicMs.ts"
import { CallerRefused } from "../callerOf.ts"
import { HttpClosing } from "../HttpClosing.ts"
import { freePlace } from "../limits/callerShares.ts"
import type { PlaceToWait } from "../limits/Seats.ts"
import { CredentialsRefusedProblem } from "./identityProblems.ts"
import { matchesTag, statusTag } from "./JobStatusView.ts"

/**
 * Signals that the job should be read, at most one of each waiting: news of the job itself, and gaps (one when the
 * subscription stands) in which there may have been some.
 */
const listen = Effect.fnUntraced(function* (id: JobId) {
  const { changes } = yield* JobChanges
  const own = yield* Queue.sliding<void>(1)
  const gaps = yield* Queue.sliding<void>(1)
  yield* changes.pipe(
    Stream.runForEach((change) => {
      if (change._tag === "Gap" || change._tag === "Many") return Queue.offer(gaps, undefined)
      return change._tag === "Changed" && change.id === id ? Queue.offer(own, undefined) : Effect.void
    }),
    Effect.forkScoped({ startImmediately: true })
  )
  return { own, gaps }
})

/** Takes a place among the requests that wait, for the one that is served. */
export const CurrentPlaceToWait = Context.Reference<PlaceToWait>("callboard/http/CurrentPlaceToWait", {
  defaultValue: () => freePlace
})

/** Who was let in when the wait began may be nobody any more. Asked at its end: 2,000 that wait would ask all the time. */
const refuseMeanwhile = Effect.gen(function* () {
  const isRefused = yield* yield* CallerRefused
  if (isRefused) return yield* new CredentialsRefusedProblem({ detail: "It ended while the request waited." })
})

/** Why a job waits changes with time and with other jobs, of which there is no news. */
const LOOK_AGAIN = Duration.seconds(5)

/** Under load there are many gaps in a second, for every request that is held. */
const BETWEEN_GAPS = Duration.millis(250)

/**
 * The job as soon as it differs from `knownTag` (or, without one, from what it is now), or as it is after `wait`.
 * A job that has ended is not waited for, nor where too many
 * wait already. A server that closes answers at once.
 */
export const readWhenChanged = Effect.fnUntraced(function* (
  ref: JobRef,
  knownTag: string | undefined,
  wait: Duration.Duration
) {
  const jobs = yield* Jobs
  const closing = yield* HttpClosing
  const first = yield* jobs.get(ref)
  const known = knownTag ?? statusTag(first)
  const isNews = (job: Job) => isTerminal(job.status) || !matchesTag(known, statusTag(job))
  if (isNews(first)) return first
  const takePlace = yield* CurrentPlaceToWait
  const release = yield* Effect.acquireRelease(Effect.sync(takePlace), (place) => Effect.sync(() => place?.()))
  if (release === undefined) return first

  const { own, gaps } = yield* listen(first.id)
  const gapOrTime = Effect.raceFirst(Queue.take(gaps), Effect.sleep(LOOK_AGAIN))
  // The signal of a gap stays in its queue while nobody takes it, so the last one leads to a read too.
  const nextLook = Effect.raceFirst(Queue.take(own), Effect.andThen(Effect.sleep(BETWEEN_GAPS), gapOrTime))
  const look = Effect.andThen(Effect.raceFirst(Queue.take(own), gapOrTime), jobs.get(ref))
  const lookAgain = Effect.andThen(nextLook, jobs.get(ref)).pipe(Effect.repeat({ until: isNews }))
  const untilNews = Effect.flatMap(look, (job) => (isNews(job) ? Effect.succeed(job) : lookAgain))
  const over = Effect.raceFirst(Effect.sleep(wait), closing.begun)
  const answer = yield* Effect.raceFirst(untilNews, Effect.andThen(over, jobs.get(ref)))
  yield* refuseMeanwhile
  return answer
}, Effect.scoped)

/** The job once it has ended, or as it is after `wait`, or when the server closes. */
export const readWhenEnded = Effect.fnUntraced(function* (ref: JobRef, wait: Duration.Duration) {
  const until = (yield* monotonicMs) + Duration.toMillis(wait)
  const again = (
    known: Job
  ): Effect.Effect<Job, CredentialsRefusedProblem | JobNotFound | JobsUnavailable, HttpClosing | JobChanges | Jobs> =>
    Effect.gen(function* () {
      const left = until - (yield* monotonicMs)
      if (isTerminal(known.status) || left <= 0) return known
      const now = yield* readWhenChanged(ref, statusTag(known), Duration.millis(left))
      // Nothing changed: the time is over, or the server closes.
      return matchesTag(statusTag(known), statusTag(now)) ? now : yield* again(now)
    })
  return yield* again(yield* (yield* Jobs).get(ref))
})
