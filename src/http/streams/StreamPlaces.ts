/** How many streams are open, of one caller and of the process. */
import { Context, Effect, Layer, Option, type Scope } from "effect"
import { type Caller, CurrentCaller } from "../../domain/Caller.ts"

/** A stream costs a connection and about 150 KiB (500 of them, measured): so many are 300 MiB. */
const MOST_STREAMS = 2_000

/** Half of all, so that one caller cannot shut out the others. A team's front end with one key has room for its people. */
const MOST_STREAMS_OF_CALLER = 1_000

export type Refusal = "caller" | "process"

/** Nobody is no caller: who has not said yet who they are must not shut each other out. */
const nameOf = (caller: Option.Option<Caller>): string =>
  Option.match(caller, {
    onNone: () => "",
    onSome: ({ organisationId, subject, via }) => JSON.stringify([via, organisationId, subject])
  })

export class StreamPlaces extends Context.Service<
  StreamPlaces,
  {
    /** Why there is no place for another stream of the current caller. */
    readonly refusal: Effect.Effect<Option.Option<Refusal>>
    /** Takes a place while the effect runs, wanted or not: `refusal` was asked before. */
    readonly taken: Effect.Effect<void, never, Scope.Scope>
  }
>()("callboard/http/StreamPlaces") {
  static readonly layerWith = (most: { readonly ofProcess: number; readonly ofCaller: number }) =>
    Layer.sync(StreamPlaces, () => {
      const open = new Map<string, number>()
      let total = 0
      const count = (name: string, by: 1 | -1) => {
        total += by
        const now = (open.get(name) ?? 0) + by
        if (now === 0) open.delete(name)
        else open.set(name, now)
      }
      return {
        refusal: Effect.map(CurrentCaller, (caller) => {
          const isFull = Option.isSome(caller) && (open.get(nameOf(caller)) ?? 0) >= most.ofCaller
          if (isFull) return Option.some<Refusal>("caller")
          return total >= most.ofProcess ? Option.some<Refusal>("process") : Option.none()
        }),
        taken: Effect.flatMap(CurrentCaller, (caller) =>
          Effect.acquireRelease(
            Effect.sync(() => count(nameOf(caller), 1)),
            () => Effect.sync(() => count(nameOf(caller), -1))
          )
        )
      }
    })

  static readonly layer = StreamPlaces.layerWith({ ofProcess: MOST_STREAMS, ofCaller: MOST_STREAMS_OF_CALLER })
}
