/**
 * Many clients ask for the same at the same time. Those who ask while it is being read share the next read: each answer
 * was read after it was asked for, so who changed something sees it, and there is never more than one read on its way.
 */
import { type Context, Deferred, Effect, Option } from "effect"
import type { Caller } from "../../domain/Caller.ts"
import type { JobsUnavailable } from "../../domain/Jobs.ts"
import { callerOutside } from "./asCaller.ts"
import { LONGEST_CALL, unavailable } from "./callFailures.ts"

interface Read<A, E> {
  readonly answer: Deferred.Deferred<A, E>
  readonly run: Effect.Effect<A, E>
}

interface Turn<A, E> {
  now: Read<A, E>
  next?: Read<A, E>
}

/** By rights and not by name: claims that differ in nothing but the person see the same rows. */
const rightsOf = ({ organisationId, role, via }: Caller) => [organisationId, role, via === "local"]

/** For what callers read outside of a transaction, each within its own time limit; everything else reads by itself. */
export const makeSharedReads = <A, E>(operation: string) =>
  Effect.map(Effect.scope, (scope) => {
    type Answer = Deferred.Deferred<A, E | JobsUnavailable>
    const turns = new Map<string, Turn<A, E | JobsUnavailable>>()
    const ended = Effect.fail(unavailable(operation)(new Error("Callboard is ending")))

    const work = (key: string, turn: Turn<A, E | JobsUnavailable>): Effect.Effect<void> =>
      Effect.flatMap(Effect.exit(turn.now.run), (exit) => {
        const { next, now } = turn
        if (next === undefined) turns.delete(key)
        else {
          turn.now = next
          delete turn.next
        }
        Deferred.doneUnsafe(now.answer, exit)
        return next === undefined ? Effect.void : work(key, turn)
      })

    const start = (key: string, turn: Turn<A, E | JobsUnavailable>) =>
      Effect.map(Effect.forkIn(work(key, turn), scope, { startImmediately: true }), (fiber) => {
        // Ends with the scope too, and then nobody else would answer.
        fiber.addObserver(() => {
          if (turns.get(key) === turn) turns.delete(key)
          for (const read of [turn.now, turn.next]) if (read !== undefined) Deferred.doneUnsafe(read.answer, ended)
        })
      })

    /** Before its own read, one who joins waits for the end of another one. */
    const inTime = (answer: Answer) =>
      Effect.catchTag(Effect.timeout(Deferred.await(answer), LONGEST_CALL), "TimeoutError", (error) =>
        Effect.fail(unavailable(operation)(error))
      )

    // One who goes away waits for nothing, but what it began for the others begins.
    const join = (key: string, run: Effect.Effect<A, E>): Effect.Effect<A, E | JobsUnavailable> =>
      Effect.uninterruptibleMask((restore) => {
        const turn = turns.get(key)
        if (turn !== undefined) {
          turn.next ??= { answer: Deferred.makeUnsafe(), run }
          return restore(inTime(turn.next.answer))
        }
        const answer: Answer = Deferred.makeUnsafe()
        const first: Turn<A, E | JobsUnavailable> = { now: { answer, run } }
        turns.set(key, first)
        return Effect.andThen(start(key, first), restore(Deferred.await(answer)))
      })

    /** `what` names everything that the read depends on but its caller. The read itself ends in time. */
    return <R>(what: unknown, read: Effect.Effect<A, E, R>): Effect.Effect<A, E | JobsUnavailable, R> =>
      Effect.gen(function* () {
        const caller = yield* callerOutside
        if (Option.isNone(caller)) return yield* read
        const context: Context.Context<R> = yield* Effect.context<R>()
        return yield* join(JSON.stringify([rightsOf(caller.value), what]), Effect.provideContext(read, context))
      })
  })
