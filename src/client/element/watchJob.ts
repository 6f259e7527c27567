/** Follows a job for as long as somebody can see it: a hidden page asks nothing, and goes on when it is shown again. */
import type { CallboardClient } from "../createClient.ts"
import type { JobDetails, JobStatusView } from "../wire.ts"

export interface JobHearer {
  /** Each status that is news. */
  readonly onStatus: (status: JobStatusView) => void
  /** The job has ended, whatever became of it. */
  readonly onEnd: (job: JobDetails) => void
  /** It cannot be followed: there is no such job, or it is not for this caller. */
  readonly onFailure: (error: unknown) => void
}

/** Gives what stops it. */
export const watchJob = (
  client: Pick<CallboardClient, "waitFor">,
  id: string,
  { onEnd, onFailure, onStatus }: JobHearer
): (() => void) => {
  let going: AbortController | undefined
  let isOver = false
  let revision = -1

  const stop = () => {
    going?.abort()
    going = undefined
  }
  const go = () => {
    const mine = new AbortController()
    going = mine
    const hear =
      <A>(told: (news: A) => void) =>
      (news: A) => {
        if (going !== mine) return
        isOver = true
        told(news)
      }
    const onNews = (status: JobStatusView) => {
      // After a pause the first status may be the one from before.
      if (going !== mine || status.revision === revision) return
      revision = status.revision
      onStatus(status)
    }
    client.waitFor(id, { signal: mine.signal, onStatus: onNews }).then(hear(onEnd), hear(onFailure))
  }
  const turn = () => {
    stop()
    if (!isOver && !document.hidden) go()
  }

  document.addEventListener("visibilitychange", turn)
  turn()
  return () => {
    document.removeEventListener("visibilitychange", turn)
    stop()
  }
}
