/** What an answer does to a job in memory: the rules of the database, without its races. */
import { DateTime, Effect, Result } from "effect"
import type { Job } from "../../src/domain/Job.ts"
import { PromptClosed, PromptNotFound, type PromptRecord, parseAnswer } from "../../src/domain/JobPrompt.ts"
import type { Answering } from "../../src/domain/Jobs.ts"

export interface AnsweredJob {
  readonly job: Job
  readonly record: PromptRecord
  readonly answer: string | boolean
}

export const answerInMemory = (
  job: Job,
  past: ReadonlyArray<PromptRecord>,
  { answeredBy, promptId, value }: Answering,
  nowMs: number
) =>
  Effect.gen(function* () {
    const { jobId, prompt: asked, waitingFor = [], ...rest } = job
    const by = answeredBy === undefined ? {} : { answeredBy }
    const earlier = past.find(({ id }) => id === promptId)
    if (earlier?.state === "answered") {
      return yield* new PromptClosed({ jobId, reason: "answered", at: earlier.answeredAt!, ...by })
    }
    if (earlier !== undefined) return yield* new PromptClosed({ jobId, reason: "timed_out", at: earlier.deadline })
    if (asked?.id !== promptId) return yield* new PromptNotFound({ jobId })
    const answer = yield* Result.match(parseAnswer(asked, value), { onFailure: Effect.fail, onSuccess: Effect.succeed })
    const left = waitingFor.filter(({ code }) => code !== "needs_input")
    return {
      job: { ...rest, jobId, ...(left.length > 0 && { waitingFor: left }) },
      record: { ...asked, state: "answered", answeredAt: DateTime.makeUnsafe(nowMs), ...by },
      answer
    } satisfies AnsweredJob
  })
