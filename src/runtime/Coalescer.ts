/**
 * Turns calls that come while a statement is on its way into one statement, as a database's group commit does: a lone
 * call goes out at once, and many calls at once share the cost of one round trip and one commit.
 */
import { Clock, Deferred, Duration, Effect, Exit, Latch, Queue } from "effect"
import { moment, momentOf } from "./Moment.ts"

interface Waiting<A, B, E> {
  readonly item: A
  readonly answer: Deferred.Deferred<B, E>
  /** When its call gives up, on the clock that nobody sets. */
  readonly untilMs: number
}

/** How long a call waits at most, and what it gets then; its item is worked on all the same. */
export interface Patience<E> {
  readonly limit: Duration.Duration
  readonly error: () => E
}

export interface CoalescerOptions<A, B, E> {
  /** Items of one statement at most. */
  readonly most: number
  /** Statements on their way at once. */
  readonly parallel: number
  /** One end for each item, in their order. */
  readonly run: (items: ReadonlyArray<A>) => Effect.Effect<ReadonlyArray<Exit.Exit<B, E>>>
  /** Without it a call waits for as long as its round takes. */
  readonly patience?: Patience<E>
}

/**
 * One look-out for all calls instead of a timer for each, which would cost more than the call: all wait equally long, so
 * the one that came first is the first to give up.
 */
const makeLookOut = <A, B, E>({ error, limit }: Patience<E>) =>
  Effect.gen(function* () {
    const calls = new Set<Waiting<A, B, E>>()
    const some = Latch.makeUnsafe(false)
    const look = Effect.gen(function* () {
      yield* Latch.await(some)
      const [first] = calls
      if (first === undefined) return some.closeUnsafe()
      const leftMs = first.untilMs - (yield* moment).monotonicMs
      if (leftMs > 0) return yield* Effect.sleep(Duration.millis(leftMs))
      calls.delete(first)
      Deferred.doneUnsafe(first.answer, Exit.fail(error()))
    })
    yield* Effect.forkScoped(Effect.forever(look))
    return {
      limitMs: Duration.toMillis(limit),
      add: (call: Waiting<A, B, E>) => {
        calls.add(call)
        some.openUnsafe()
      },
      remove: (call: Waiting<A, B, E>) => calls.delete(call)
    }
  })

/** A call that is interrupted stops waiting; its item is worked on all the same. */
export const makeCoalescer = <A, B, E>({ most, parallel, patience, run }: CoalescerOptions<A, B, E>) =>
  Effect.gen(function* () {
    const lookOut = patience && (yield* makeLookOut<A, B, E>(patience))
    const queue = yield* Queue.unbounded<Waiting<A, B, E>>()
    // Each item that was taken gets its answer, also when the round it is in is cut off.
    const loop = Effect.uninterruptibleMask((restore) =>
      restore(Queue.takeBetween(queue, 1, most)).pipe(
        Effect.flatMap((waiting) =>
          // A bug in one round is told to those who wait for it; the rounds after it are none the worse.
          Effect.map(Effect.exit(restore(Effect.suspend(() => run(waiting.map(({ item }) => item))))), (ends) => {
            for (const [index, call] of waiting.entries()) {
              lookOut?.remove(call)
              Deferred.doneUnsafe(call.answer, Exit.isFailure(ends) ? Exit.failCause(ends.cause) : ends.value[index]!)
            }
          })
        ),
        Effect.forever
      )
    )
    for (let started = 0; started < parallel; started++) yield* Effect.forkScoped(loop)
    return (item: A): Effect.Effect<B, E> =>
      Clock.clockWith((clock) => {
        const answer = Deferred.makeUnsafe<B, E>()
        const untilMs = momentOf(clock).monotonicMs + (lookOut?.limitMs ?? 0)
        const call = { item, answer, untilMs }
        lookOut?.add(call)
        Queue.offerUnsafe(queue, call)
        return Deferred.await(answer)
      })
  })
