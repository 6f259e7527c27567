/** Records how attempts ended. Attempts that end at the same time share one statement. */
import { Cause, Duration, Effect, Exit, Latch, Semaphore } from "effect"
import { SqlClient } from "effect/sql"
import type { AttemptOutcome } from "../../domain/Attempt.ts"
import type { StoredError } from "../../domain/JobError.ts"
import type { CannotBeStored, Outcome, QueueUnavailable } from "../../domain/JobQueue.ts"
import type { JobStatus } from "../../domain/JobStatus.ts"
import { type Lease, LeaseLost } from "../../domain/Lease.ts"
import { makeCoalescer } from "../Coalescer.ts"
import { giveUpAfter } from "../giveUpAfter.ts"
import { refusedOrUnavailable } from "./queueFailures.ts"

/** More in one statement no longer makes it cheaper, and would hold up the first of them. */
const MOST_TOGETHER = 500

/**
 * UTF-16 units of JSON, unless one ending alone has more. Five hundred large results in one statement are hundreds of MiB,
 * held several times over, and are still being sent when the try is given up.
 */
const LARGEST_TOGETHER = 4 * 1024 * 1024

/** How many of the first fit into one statement: one at least. */
const fitting = <A>(some: ReadonlyArray<A>, sizeOf: (one: A) => number): number => {
  const most = Math.min(some.length, MOST_TOGETHER)
  let count = 0
  for (let size = 0; count < most; count++) {
    size += sizeOf(some[count]!)
    if (size > LARGEST_TOGETHER && count > 0) break
  }
  return count
}

/**
 * While one statement is worked on by the database, the next is made here. Of both ways together: the worker has four
 * connections, and its beats must not wait.
 */
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

interface Completion {
  readonly lease: Lease
  readonly resultJson: string
  readonly then: (isRecorded: boolean) => void
}

const completionOf = ({ jobId, token }: Lease, resultJson: string): string =>
  `{"id":"${jobId}","token":"${token}","result":${resultJson}}`

/** An ending as `settle_jobs` takes it (migrations), in one of its two lists. */
interface Written extends Ending {
  readonly isCompleted: boolean
  readonly json: string
}

const isCompletion = ({ outcome }: Ending): boolean => outcome._tag === "Completed"

const written = ({ lease, outcome }: Ending): Written => {
  if (outcome._tag === "Completed") {
    return { lease, outcome, isCompleted: true, json: completionOf(lease, JSON.stringify(outcome.result) ?? "null") }
  }
  const { attempt, delay, error, status } = recordOf(outcome)
  const held = { id: lease.jobId, token: lease.token }
  const other = { ...held, status, outcome: attempt, ...error, delay_seconds: delay && Duration.toSeconds(delay) }
  return { lease, outcome, isCompleted: false, json: JSON.stringify(other) }
}

const listOf = (some: ReadonlyArray<Written>) => `[${some.map(({ json }) => json).join(",")}]`

/** By id, as everybody who writes more than one job: two such statements then seldom meet the other way round. */
const inOrder = <A extends { readonly lease: Lease }>(some: ReadonlyArray<A>): ReadonlyArray<A> => {
  const isInOrder = some.every(({ lease }, index) => index === 0 || some[index - 1]!.lease.jobId < lease.jobId)
  return isInOrder ? some : some.toSorted((a, b) => (a.lease.jobId < b.lease.jobId ? -1 : 1))
}

/**
 * Completions without a fiber or an answer of their own. Quick jobs end in bursts, of which each would otherwise be many
 * small statements: so one is sent when it is full, or when no more of them ended while others had a turn.
 */
const makeCompleteSoon = Effect.fnUntraced(function* (
  send: (completed: string, others: string) => Effect.Effect<ReadonlySet<string>, unknown>,
  places: Semaphore.Semaphore
) {
  const waiting: Array<Completion> = []
  const some = Latch.makeUnsafe(false)

  const gather = Effect.gen(function* () {
    let seen = 0
    while (waiting.length > seen && waiting.length < MOST_TOGETHER) {
      seen = waiting.length
      yield* Effect.yieldNow
    }
  })

  const sendBatch = Effect.suspend(() => {
    const batch = inOrder(
      waiting.splice(
        0,
        fitting(waiting, ({ resultJson }) => resultJson.length)
      )
    )
    if (waiting.length === 0) some.closeUnsafe()
    const completed = batch.map(({ lease, resultJson }) => completionOf(lease, resultJson)).join(",")
    // Whoever is told that it is not recorded finds out why, so whatever goes wrong is the same here.
    return Effect.map(Effect.exit(send(`[${completed}]`, "[]")), (held) => {
      for (const { lease, then } of batch) then(Exit.isSuccess(held) && held.value.has(lease.token))
    })
  })

  const next = Latch.await(some).pipe(
    Effect.andThen(places.take(1)),
    Effect.andThen(gather),
    Effect.andThen(Effect.forkChild(Effect.ensuring(sendBatch, places.release(1)), { startImmediately: true }))
  )
  yield* Effect.forkScoped(Effect.forever(next))

  return (lease: Lease, resultJson: string, then: (isRecorded: boolean) => void): void => {
    waiting.push({ lease, resultJson, then })
    some.openUnsafe()
  }
})

export const makeSettle = Effect.gen(function* () {
  const sql = (yield* SqlClient.SqlClient).withoutTransforms()
  const places = Semaphore.makeUnsafe(STATEMENTS_AT_ONCE)

  /** The tokens that were still held. */
  const send = (completed: string, others: string) =>
    sql<{ tokens: string }>`
      SELECT coalesce(string_agg(settle_jobs::text, ' '), '') AS tokens
      FROM settle_jobs(${completed}::text::json, ${others}::text::json)`.pipe(
      Effect.map(([row]) => new Set<string>(row?.tokens.split(" "))),
      giveUpAfter(LONGEST_TRY),
      Effect.mapError(refusedOrUnavailable("settle"))
    )

  const record = (endings: ReadonlyArray<Written>) => {
    const completed = endings.filter(({ isCompleted }) => isCompleted)
    const others = endings.filter(({ isCompleted }) => !isCompleted)
    return places.withPermit(send(listOf(completed), listOf(others)))
  }

  type Ended = Exit.Exit<void, LeaseLost | CannotBeStored | QueueUnavailable>

  const endOf = ({ lease }: Ending, held: ReadonlySet<string>): Ended =>
    held.has(lease.token) ? Exit.void : Exit.fail(new LeaseLost({ jobId: lease.jobId }))

  const recordAll = Effect.fnUntraced(function* (endings: ReadonlyArray<Written>) {
    const together = yield* Effect.exit(record(endings))
    if (Exit.isSuccess(together)) return endings.map((ending) => endOf(ending, together.value))
    const failure = Cause.findErrorOption(together.cause)
    if (endings.length === 1 || failure._tag === "None" || failure.value._tag === "QueueUnavailable") {
      return endings.map((): Ended => Exit.failCause(together.cause))
    }
    // One value that cannot be stored must not take the other endings with it.
    return yield* Effect.forEach(endings, (ending) =>
      Effect.map(
        Effect.exit(record([ending])),
        (alone): Ended => (Exit.isSuccess(alone) ? endOf(ending, alone.value) : Exit.failCause(alone.cause))
      )
    )
  })

  const settle = yield* makeCoalescer<Ending, void, LeaseLost | CannotBeStored | QueueUnavailable>({
    most: MOST_TOGETHER,
    parallel: STATEMENTS_AT_ONCE,
    run: Effect.fnUntraced(function* (endings) {
      // Completions free jobs of the queue, other ends may fail jobs: in one statement, these locks would be taken in both orders.
      const all = inOrder(endings).toSorted((a, b) => Number(isCompletion(b)) - Number(isCompletion(a)))
      const left = all.map(written)
      const pieces: Array<ReadonlyArray<Written>> = []
      while (left.length > 0) {
        const alike = left.filter(({ isCompleted }) => isCompleted === left[0]!.isCompleted)
        pieces.push(
          left.splice(
            0,
            fitting(alike, ({ json }) => json.length)
          )
        )
      }
      const ends = yield* Effect.forEach(pieces, recordAll, { concurrency: STATEMENTS_AT_ONCE })
      const endOfToken = new Map(ends.flat().map((end, index) => [all[index]!.lease.token, end]))
      return endings.map(({ lease }) => endOfToken.get(lease.token)!)
    })
  })

  const completeSoon = yield* makeCompleteSoon(send, places)

  return { settle: (lease: Lease, outcome: Outcome) => settle({ lease, outcome }), completeSoon }
})
