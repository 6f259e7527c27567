/** Holds a status request until the job changes. */
import { Duration, Effect, Queue, Stream } from "effect"
import type { Job } from "../../domain/Job.ts"
import { JobChanges } from "../../domain/JobChanges.ts"
import type { JobId, JobRef } from "../../domain/JobId.ts"
import { isTerminal } from "../../domain/JobStatus.ts"
import { Jobs } from "../../domain/Jobs.ts"
import { HttpClosing } from "../HttpClosing.ts"
import { matchesTag, statusTag } from "./JobStatusView.ts"

/** Signals, at most one waiting, that the job should be read: once when the subscription stands, then on news of it. */
const listen = Effect.fnUntraced(function* (id: JobId) {
  const { changes } = yield* JobChanges
  const news = yield* Queue.sliding<void>(1)
  yield* changes.pipe(
    Stream.filter((change) => change._tag === "Gap" || (change._tag === "Changed" && change.id === id)),
    Stream.runForEach(() => Queue.offer(news, undefined)),
    Effect.forkScoped({ startImmediately: true })
  )
  return news
})

/** Why a job waits changes with time and with other jobs, of which there is no news. */
const LOOK_AGAIN = Duration.seconds(5)

/**
 * The job as soon as it differs from `knownTag` (or, without one, from what it is now), or as it is after `wait`.
 * A job that has ended is not waited for. A server that closes answers at once.
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

  const news = yield* listen(first.id)
  const newsOrTime = Effect.raceFirst(Queue.take(news), Effect.sleep(LOOK_AGAIN))
  const untilNews = Effect.andThen(newsOrTime, jobs.get(ref)).pipe(Effect.repeat({ until: isNews }))
  const over = Effect.raceFirst(Effect.sleep(wait), closing.begun)
  return yield* Effect.raceFirst(untilNews, Effect.andThen(over, jobs.get(ref)))
}, Effect.scoped)
