/** Records how attempts ended. Attempts that end at the same time share one statement. */
import { Cause, Duration, Effect, Exit } from "effect"
import { SqlClient } from "effect/sql"
import type { AttemptOutcome } from "../../domain/Attempt.ts"
import type { StoredError } from "../../domain/JobError.ts"
import type { CannotBeStored, Outcome, QueueUnavailable } from "../../domain/JobQueue.ts"
import type { JobStatus } from "../../domain/JobStatus.ts"
import { type Lease, LeaseLost, type LeaseToken } from "../../domain/Lease.ts"
import { makeCoalescer } from "../Coalescer.ts"
import { giveUpAfter } from "../giveUpAfter.ts"
import { refusedOrUnavailable } from "./queueFailures.ts"

/** More in one statement no longer makes it cheaper, and would hold up the first of them. */
const MOST_TOGETHER = 500

/** While one statement is worked on by the database, the next is made here. */
const STATEMENTS_AT_ONCE = 2

/** A connection that went silent must not hold up the next try. */
const LONGEST_TRY = Duration.seconds(10)

interface Ending {
  readonly lease: Lease
  readonly outcome: Outcome
}

/** What an outcome other than completion means for the job and for its attempt. */
const recordOf = (
  outcome: Exclude<Outcome, { readonly _tag: "Completed" }>
): { status: JobStatus; attempt: AttemptOutcome; error?: StoredError; delay?: Duration.Duration } => {
  switch (outcome._tag) {
    case "RetryLater":
      return { status: "pending", attempt: "failed", error: outcome.error, delay: outcome.delay }
    case "Failed":
      return { status: "failed", attempt: "failed", error: outcome.error }
    case "Cancelled":
      return { status: "cancelled", attempt: "cancelled" }
    case "Released":
      return { status: "pending", attempt: "released" }
  }
}

/** What `settle_jobs` takes (migrations). */
const listsOf = (endings: ReadonlyArray<Ending>) => {
  const completed: Array<object> = []
  const others: Array<object> = []
  for (const { lease, outcome } of endings) {
    const held = { id: lease.jobId, token: lease.token }
    if (outcome._tag === "Completed") completed.push({ ...held, result: outcome.result })
    else {
      const { attempt, delay, error, status } = recordOf(outcome)
      others.push({ ...held, status, outcome: attempt, ...error, delay_seconds: delay && Duration.toSeconds(delay) })
    }
  }
  return { completed, others }
}

export const makeSettle = Effect.gen(function* () {
  const sql = (yield* SqlClient.SqlClient).withoutTransforms()

  /** The tokens that were still held. */
  const record = (endings: ReadonlyArray<Ending>) => {
    const { completed, others } = listsOf(endings)
    return sql<{ token: LeaseToken }>`
      SELECT settle_jobs AS token FROM settle_jobs(
        ${JSON.stringify(completed)}::text::json, ${JSON.stringify(others)}::text::json
      )`.pipe(
      Effect.map((rows) => new Set(rows.map((row) => row.token))),
      giveUpAfter(LONGEST_TRY),
      Effect.mapError(refusedOrUnavailable("settle"))
    )
  }

  const endOf = ({ lease }: Ending, held: ReadonlySet<LeaseToken>) =>
    held.has(lease.token) ? Exit.void : Exit.fail(new LeaseLost({ jobId: lease.jobId }))

  const settle = yield* makeCoalescer<Ending, void, LeaseLost | CannotBeStored | QueueUnavailable>({
    most: MOST_TOGETHER,
    parallel: STATEMENTS_AT_ONCE,
    run: Effect.fnUntraced(function* (endings) {
      // By id, as everybody who writes more than one job: two such statements then seldom meet the other way round.
      const ordered = endings.toSorted((a, b) => (a.lease.jobId < b.lease.jobId ? -1 : 1))
      const together = yield* Effect.exit(record(ordered))
      if (Exit.isSuccess(together)) return endings.map((ending) => endOf(ending, together.value))
      const failure = Cause.findErrorOption(together.cause)
      if (endings.length === 1 || failure._tag === "None" || failure.value._tag === "QueueUnavailable") {
        return endings.map(() => Exit.failCause(together.cause))
      }
      // One value that cannot be stored must not take the other endings with it.
      return yield* Effect.forEach(endings, (ending) =>
        Effect.map(Effect.exit(record([ending])), (alone) =>
          Exit.isSuccess(alone) ? endOf(ending, alone.value) : Exit.failCause(alone.cause)
        )
      )
    })
  })

  return (lease: Lease, outcome: Outcome) => settle({ lease, outcome })
})
