/** One answer for everybody of an organisation who asks within a short time: many tabs show the same. */
import { Deferred, Duration, Effect, Exit, Option } from "effect"
import { monotonicMs } from "../../domain/monotonicMs.ts"
import { currentOrganisation } from "./asCaller.ts"

interface Load<A, E> {
  readonly startedMs: number
  /** None where whoever loaded left before there was an answer. */
  readonly answer: Deferred.Deferred<Option.Option<A>, E>
  isRunning: boolean
}

/** Answers that are kept; the one that came first goes when there are more. */
const MOST_KEPT = 1_000

/**
 * One answer for each key, for so long. Those who ask at once wait for one load, and share its failure: with a database
 * that is silent each of them would otherwise wait for those before it and then for itself. A failure is not kept.
 */
export const makeShared = <A, E>(time: Duration.Duration) => {
  const loads = new Map<string, Load<A, E>>()

  const begin = (key: string, startedMs: number): Load<A, E> => {
    const load: Load<A, E> = { startedMs, answer: Deferred.makeUnsafe(), isRunning: true }
    loads.delete(key)
    loads.set(key, load)
    const [first] = loads.keys()
    if (loads.size > MOST_KEPT && first !== undefined) loads.delete(first)
    return load
  }
  const joinOrBegin = (key: string) =>
    Effect.map(monotonicMs, (nowMs) => {
      const known = loads.get(key)
      const isJoined = known !== undefined && (known.isRunning || nowMs - known.startedMs < Duration.toMillis(time))
      return isJoined ? { isJoined, load: known } : { isJoined, load: begin(key, nowMs) }
    })
  const end = (key: string, load: Load<A, E>, exit: Exit.Exit<Option.Option<A>, E>) => {
    load.isRunning = false
    if (Exit.isFailure(exit) && loads.get(key) === load) loads.delete(key)
    return Deferred.done(load.answer, Exit.hasInterrupts(exit) ? Exit.succeed(Option.none()) : exit)
  }

  const ask = <R>(key: string, load: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.acquireUseRelease(
      joinOrBegin(key),
      (own) => (own.isJoined ? Deferred.await(own.load.answer) : Effect.asSome(load)),
      (own, exit) => (own.isJoined ? Effect.void : end(key, own.load, exit))
    ).pipe(Effect.flatMap(Option.match({ onNone: () => ask(key, load), onSome: Effect.succeed })))
  return ask
}

export const sharedFor =
  (time: Duration.Duration) =>
  <A, E, R>(load: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
    const ask = makeShared<A, E>(time)
    return Effect.flatMap(currentOrganisation, (organisation) => ask(organisation, load))
  }
