/** Why a job waits, in one sentence each. */
import type { Job } from "../domain/Job.ts"
import type { ReadableJobId } from "../domain/JobId.ts"
import type { Lane } from "../domain/Lane.ts"
import type { WaitingReason } from "../domain/Waiting.ts"
import { laneWords } from "./LaneWords.ts"
import { ago, closed, due, type Sentence } from "./Sentence.ts"

const places: Readonly<Record<Lane, { readonly one: string; readonly many: string }>> = {
  browser: { one: "browser", many: "browsers" },
  default: { one: "place", many: "places" },
  quick: { one: "place for quick jobs", many: "places for quick jobs" },
  system: { one: "place for messages", many: "places for messages" }
}

const inUse = (lane: Lane, limit: number | undefined): string => {
  const { many, one } = places[lane]
  if (limit === undefined) return `All ${many} are in use`
  if (limit === 2) return `Both ${many} are in use`
  return limit === 1 ? `The only ${one} is in use` : `All ${limit} ${many} are in use`
}

/** "Ada paused browser jobs 5 min ago: “The portal is down.” They start when somebody resumes them." */
const pausedSentence = ({ by, note, since }: WaitingReason, what: string): Sentence => [
  by === undefined ? `Somebody paused ${what}` : `${by} paused ${what}`,
  ...(since === undefined ? [] : [" ", ago(since.epochMilliseconds)]),
  note === undefined ? "." : `: “${closed(note)}”`,
  " It starts when they are resumed."
]

/** The reason names at most this many jobs, so there may be more. */
const MOST_NAMED = 10

const jobsSentence = (jobs: ReadonlyArray<ReadableJobId>): Sentence => {
  const [first, second] = jobs
  if (first === undefined) return ["Waits for another job to finish."]
  if (second === undefined) return ["Waits for ", { job: first }, " to finish."]
  if (jobs.length === 2) return ["Waits for ", { job: first }, " and ", { job: second }, " to finish."]
  const others = `${jobs.length < MOST_NAMED ? "" : "at least "}${jobs.length - 1}`
  return ["Waits for ", { job: first }, ` and ${others} other jobs to finish.`]
}

/** The key of jobs that name nothing else is their restaurant's. */
const keyText = (key: string): string => key.replace(/^restaurant:/u, "")

const turnSentence = ([first]: ReadonlyArray<ReadableJobId>, key: string | undefined): Sentence => [
  `Only one job ${key === undefined ? "of this type" : `for “${keyText(key)}”`} runs at a time. It starts after `,
  first === undefined ? "the one before it" : { job: first },
  "."
]

/** Where a reader can see more of a reason, or do something about it; the other reasons name their jobs and times. */
export const waitingLink = ({ code }: WaitingReason, { jobType }: Pick<Job, "jobType">) => {
  switch (code) {
    case "pool_full":
    case "no_worker":
    case "paused_lane":
      return { href: "/fleet", label: "See Fleet" }
    case "paused_type":
      return { href: `/types/${jobType}`, label: "See this type" }
    case "prompts_full":
      return { href: "/inbox", label: "Open inbox" }
    default:
      return undefined
  }
}

export type WaitingJob = Pick<Job, "lane" | "attempts" | "concurrencyKey">

export const waitingSentence = (reason: WaitingReason, job: WaitingJob): Sentence => {
  const { attempts, lane } = job
  const until = reason.until?.epochMilliseconds
  switch (reason.code) {
    case "scheduled":
      return until === undefined ? ["Starts by itself later."] : ["Starts by itself ", due(until), "."]
    case "backoff":
      return [
        attempts > 0 ? `Try ${attempts} failed; ` : "",
        ...(until === undefined ? ["the next one starts by itself."] : ["the next one starts ", due(until), "."])
      ]
    case "paused_lane":
      return pausedSentence(reason, laneWords[lane].jobs)
    case "paused_type":
      return pausedSentence(reason, "jobs of this type")
    case "dependency":
      return jobsSentence(reason.jobs ?? [])
    case "concurrency_key":
      return turnSentence(reason.jobs ?? [], job.concurrencyKey)
    case "no_worker":
      return [`No worker takes ${laneWords[lane].jobs}. It starts when one does.`]
    case "draining":
      return ["Its worker is being restarted. It starts when a worker is ready."]
    case "pool_full":
      return [`${inUse(lane, reason.limit)}. It starts when one is free.`]
    case "needs_input":
      return reason.since === undefined
        ? ["Waits for an answer from a person."]
        : ["Waits for an answer from a person, asked ", ago(reason.since.epochMilliseconds), "."]
    case "prompts_full":
      return [
        "Other jobs wait for answers already, so it asks later. It starts when one of them is answered",
        ...(until === undefined ? ["."] : [", or ", due(until), "."])
      ]
    case "lease_lost":
      return [
        "Its worker stopped answering. ",
        ...(until === undefined ? ["Another one takes it over."] : ["Another one takes it over ", due(until), "."])
      ]
  }
}
