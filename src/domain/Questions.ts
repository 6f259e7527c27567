/** Contract: what jobs ask people, over all jobs. Answering is `Jobs.answer`. */
import { Context, type DateTime, type Effect } from "effect"
import type { Job } from "./Job.ts"
import type { PromptId, PromptKind, PromptRecord } from "./JobPrompt.ts"
import type { JobsUnavailable } from "./Jobs.ts"

/** A question, with as much of its job as people need to answer it. */
export interface Question {
  readonly prompt: PromptRecord
  readonly job: Pick<Job, "id" | "jobId" | "jobType" | "lane" | "status" | "restaurantId">
}

export interface LastAnswer {
  readonly at: DateTime.Utc
  readonly by?: string
}

/** Questions of one list. */
export const MOST_QUESTIONS = 50

export class Questions extends Context.Service<
  Questions,
  {
    /** What can be answered now, oldest deadline first: the first `MOST_QUESTIONS`. */
    readonly open: (filter?: {
      readonly kind?: PromptKind
      readonly restaurantId?: string
    }) => Effect.Effect<ReadonlyArray<Question>, JobsUnavailable>
    /** These questions as they are now, in no particular order. At most `MOST_QUESTIONS` ids. */
    readonly byIds: (ids: ReadonlyArray<PromptId>) => Effect.Effect<ReadonlyArray<Question>, JobsUnavailable>
    /** Absent where nobody answered lately. */
    readonly lastAnswer: Effect.Effect<LastAnswer | undefined, JobsUnavailable>
  }
>()("callboard/domain/Questions") {}
