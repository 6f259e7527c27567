/**
 * Turns calls that come while a statement is on its way into one statement, as a database's group commit does: a lone
 * call goes out at once, and many calls at once share the cost of one round trip and one commit.
 */
import { Deferred, Effect, Exit, Queue } from "effect"

interface Waiting<A, B, E> {
  readonly item: A
  readonly answer: Deferred.Deferred<B, E>
}

export interface CoalescerOptions<A, B, E> {
  /** Items of one statement at most. */
  readonly most: number
  /** Statements on their way at once. */
  readonly parallel: number
  /** One end for each item, in their order. */
  readonly run: (items: ReadonlyArray<A>) => Effect.Effect<ReadonlyArray<Exit.Exit<B, E>>>
}

/** A call that is interrupted stops waiting; its item is worked on all the same. */
export const makeCoalescer = <A, B, E>({ most, parallel, run }: CoalescerOptions<A, B, E>) =>
  Effect.gen(function* () {
    const queue = yield* Queue.unbounded<Waiting<A, B, E>>()
    // Each item that was taken gets its answer, also when the round it is in is cut off.
    const loop = Effect.uninterruptibleMask((restore) =>
      restore(Queue.takeBetween(queue, 1, most)).pipe(
        Effect.flatMap((waiting) =>
          // A bug in one round is told to those who wait for it; the rounds after it are none the worse.
          Effect.map(Effect.exit(restore(Effect.suspend(() => run(waiting.map(({ item }) => item))))), (ends) => {
            for (const [index, { answer }] of waiting.entries()) {
              Deferred.doneUnsafe(answer, Exit.isFailure(ends) ? Exit.failCause(ends.cause) : ends.value[index]!)
            }
          })
        ),
        Effect.forever
      )
    )
    for (let started = 0; started < parallel; started++) yield* Effect.forkScoped(loop)
    return (item: A): Effect.Effect<B, E> =>
      Effect.suspend(() => {
        const answer = Deferred.makeUnsafe<B, E>()
        Queue.offerUnsafe(queue, { item, answer })
        return Deferred.await(answer)
      })
  })
