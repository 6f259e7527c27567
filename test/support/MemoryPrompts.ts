/** Questions in memory, for the queue in memory. Their deadlines are of the test clock. */
import { Clock, Duration, Effect } from "effect"
import { JobPrompts, type NewPrompt } from "../../src/domain/JobPrompts.ts"
import type { QueueUnavailable } from "../../src/domain/JobQueue.ts"
import type { Lane } from "../../src/domain/Lane.ts"
import type { Lease, LeaseLost } from "../../src/domain/Lease.ts"
import { placeOfAnswer } from "../../src/runtime/placeOfAnswer.ts"
import type { SecretBox } from "../../src/runtime/SecretBox.ts"
import type { MemoryJob } from "./MemoryQueue.ts"

export interface MemoryPrompt extends NewPrompt {
  readonly deadlineMs: number
  state: "open" | "answered" | "closed" | "postponed"
  sealed: unknown
}

export interface MemoryPromptsOptions {
  readonly jobs: () => ReadonlyArray<MemoryJob>
  readonly held: (
    operation: string,
    lease: Lease,
    write: (job: MemoryJob) => Effect.Effect<void> | undefined
  ) => Effect.Effect<void, LeaseLost | QueueUnavailable>
  readonly changed: (job: MemoryJob) => Effect.Effect<unknown>
}

export const makeMemoryPrompts = ({ changed, held, jobs }: MemoryPromptsOptions) => {
  const find = (job: MemoryJob, id: string) => job.prompts.find((prompt) => prompt.id === id)!

  const add = (
    lease: Lease,
    prompt: NewPrompt,
    state: MemoryPrompt["state"],
    then: (job: MemoryJob, now: number) => void
  ) =>
    held("ask", lease, (job) =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const deadlineMs = now + Duration.toMillis(prompt.timeout)
        job.prompts.push({ ...prompt, deadlineMs, state, sealed: undefined })
        then(job, now)
        yield* changed(job)
      })
    )

  const contract = JobPrompts.of({
    ask: (lease, prompt) => add(lease, prompt, "open", () => {}),
    look: (lease, id) =>
      Effect.gen(function* () {
        const job = jobs().find((each) => each.id === lease.jobId)!
        yield* held("look", lease, () => undefined)
        const { deadlineMs, sealed, state } = find(job, id)
        const now = yield* Clock.currentTimeMillis
        if (state === "answered") return { _tag: "Answered", sealed }
        if (state === "open" && deadlineMs > now) return { _tag: "Open", left: Duration.millis(deadlineMs - now) }
        return { _tag: "TimedOut" }
      }),
    close: (lease, id) =>
      held("close", lease, (job) => {
        const prompt = find(job, id)
        prompt.state = "closed"
        prompt.sealed = undefined
        return undefined
      }),
    postpone: (lease, prompt, delay) =>
      add(lease, prompt, "postponed", (job, now) => {
        job.dueAtMs = now + Duration.toMillis(delay)
      }),
    startPostponed: (lane: Lane) =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const next = jobs().find(
          (job) => job.lane === lane && job.dueAtMs > now && job.prompts.at(-1)?.state === "postponed"
        )
        if (next === undefined) return
        next.dueAtMs = now
        yield* changed(next)
      })
  })

  /** Somebody answers what the job asks last. `heard`: the worker gets news of it. */
  const answer = (job: MemoryJob, value: string | boolean, box: typeof SecretBox.Service, heard = true) =>
    Effect.suspend(() => {
      const prompt = job.prompts.at(-1)!
      prompt.state = "answered"
      prompt.sealed = box.seal(value, placeOfAnswer(job.id, prompt.id))
      return heard ? Effect.asVoid(changed(job)) : Effect.void
    })

  return { contract, answer }
}
