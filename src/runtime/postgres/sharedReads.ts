/**
 * Many clients ask for the same at the same time. Those who ask while it is being read share the next read: each answer
 * was read after it was asked for, so who changed something sees it, and there is never more than one read on its way.
 */
import { type Context, Deferred, Effect, Option } from "effect"
import type { Caller } from "../../domain/Caller.ts"
import { callerOutside } from "./asCaller.ts"

interface Read<A, E> {
  readonly answer: Deferred.Deferred<A, E>
  readonly run: Effect.Effect<A, E>
}

interface Turn<A, E> {
  next?: Read<A, E>
}

/** By rights and not by name: claims that differ in nothing but the person see the same rows. */
const rightsOf = ({ organisationId, role, via }: Caller) => [organisationId, role, via === "local"]

/** For what callers read outside of a transaction; everything else reads by itself. */
export const makeSharedReads = <A, E>() =>
  Effect.map(Effect.scope, (scope) => {
    const turns = new Map<string, Turn<A, E>>()

    const start = (key: string, turn: Turn<A, E>, { answer, run }: Read<A, E>): Effect.Effect<void> =>
      Effect.exit(run).pipe(
        Effect.flatMap((exit) => {
          const { next } = turn
          delete turn.next
          if (next === undefined) turns.delete(key)
          Deferred.doneUnsafe(answer, exit)
          return next === undefined ? Effect.void : start(key, turn, next)
        }),
        Effect.forkIn(scope, { startImmediately: true }),
        Effect.asVoid
      )

    const join = (key: string, run: Effect.Effect<A, E>): Effect.Effect<A, E> =>
      Effect.suspend(() => {
        const turn = turns.get(key)
        if (turn !== undefined) {
          turn.next ??= { answer: Deferred.makeUnsafe(), run }
          return Deferred.await(turn.next.answer)
        }
        const [first, answer]: [Turn<A, E>, Deferred.Deferred<A, E>] = [{}, Deferred.makeUnsafe()]
        turns.set(key, first)
        return Effect.andThen(start(key, first, { answer, run }), Deferred.await(answer))
      })

    /** `what` names everything that the read depends on but its caller. */
    return <R>(what: unknown, read: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
      Effect.gen(function* () {
        const caller = yield* callerOutside
        if (Option.isNone(caller)) return yield* read
        const context: Context.Context<R> = yield* Effect.context<R>()
        return yield* join(JSON.stringify([rightsOf(caller.value), what]), Effect.provideContext(read, context))
      })
  })
