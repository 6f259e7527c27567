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

export interface Watch {
  readonly stop: () => void
  /** Asks at once. */
  readonly look: () => void
}

export const watchJob = (
  client: Pick<CallboardClient, "waitFor">,
  id: string,
  { onEnd, onFailure, onStatus }: JobHearer
): Watch => {
  let going: AbortController | undefined
  let isOver = false
  let known: string | undefined

  const stop = () => {
    going?.abort()
    going = undefined
  }
  const go = () => {
    const mine = new AbortController()
    going = mine
    const onNews = (status: JobStatusView) => {
      // Why it waits is found out at each read, and is no part of the revision.
      const news = JSON.stringify([status.revision, status.waitingFor])
      // After a pause the first status may be the one from before.
      if (going !== mine || news === known) return
      known = news
      onStatus(status)
    }
    const end = (job: JobDetails) => {
      if (going !== mine) return
      isOver = true
      onEnd(job)
    }
    const fail = (error: unknown) => {
      if (going !== mine) return
      // A token may be renewed: who looks again is told anew.
      known = undefined
      onFailure(error)
    }
    client.waitFor(id, { signal: mine.signal, onStatus: onNews }).then(end, fail)
  }
  const turn = () => {
    stop()
    if (!isOver && !document.hidden) go()
  }

  document.addEventListener("visibilitychange", turn)
  turn()
  return {
    stop: () => {
      document.removeEventListener("visibilitychange", turn)
      stop()
    },
    look: turn
  }
}
