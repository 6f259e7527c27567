/**
 * Contract of the worker for questions to people. Every write names the lease's token. A question is known by an id that
 * the worker makes, so that asking again after an answer that got lost asks once.
 */
import { Context, type Duration, type Effect } from "effect"
import type { PromptId, PromptKind } from "./JobPrompt.ts"
import type { CannotBeStored, QueueUnavailable } from "./JobQueue.ts"
import type { Lane } from "./Lane.ts"
import type { Lease, LeaseLost } from "./Lease.ts"

export interface NewPrompt {
  readonly id: PromptId
  readonly kind: PromptKind
  readonly label: string
  readonly hint?: string
  readonly choices?: ReadonlyArray<string>
  readonly step?: string
  readonly timeout: Duration.Duration
}

/** What became of a question. The deadline is the database's. */
export type PromptNews =
  | { readonly _tag: "Open"; readonly left: Duration.Duration }
  /** Sealed for the job and the question. */
  | { readonly _tag: "Answered"; readonly sealed: unknown }
  | { readonly _tag: "TimedOut" }

export class JobPrompts extends Context.Service<
  JobPrompts,
  {
    /** Asks. The time until the deadline is added to the attempt's, and what is left of it taken back at the end. */
    readonly ask: (
      lease: Lease,
      prompt: NewPrompt
    ) => Effect.Effect<void, LeaseLost | CannotBeStored | QueueUnavailable>
    readonly look: (lease: Lease, id: PromptId) => Effect.Effect<PromptNews, LeaseLost | QueueUnavailable>
    /** The script has its answer or asks no longer: nobody can answer any more, and a sealed answer is forgotten. */
    readonly close: (lease: Lease, id: PromptId) => Effect.Effect<void, LeaseLost | QueueUnavailable>
    /** Keeps the question as the reason why the job, once it is handed back, does not start before `delay` is over. */
    readonly postpone: (
      lease: Lease,
      prompt: NewPrompt,
      delay: Duration.Duration
    ) => Effect.Effect<void, LeaseLost | CannotBeStored | QueueUnavailable>
    /** A question of this lane was answered, so the job that waits longest for that may start now. */
    readonly startPostponed: (lane: Lane) => Effect.Effect<void, QueueUnavailable>
  }
>()("callboard/domain/JobPrompts") {}
