/** How many streams of the API are open, of one caller and of the process. */
import { Context, Effect, Layer, Option, type Scope } from "effect"
import { type Caller, CurrentCaller } from "../../domain/Caller.ts"
import { makeSeats } from "../limits/Seats.ts"

/** A stream costs a connection, its share of every change, and about 150 KiB (500 of them, measured): so many are 300 MiB. */
export const MOST_STREAMS = 2_000

/**
 * Of a caller of the API, and of an address. Half of all, so that nobody can shut out the others. A team's front end with
 * one key has room for its people.
 */
export const MOST_STREAMS_OF_ONE = 1_000

export type Refusal = "caller" | "process"

/** Nobody is no caller: who has not said yet who they are must not shut each other out. */
const nameOf = (caller: Option.Option<Caller>): string =>
  Option.match(caller, {
    onNone: () => crypto.randomUUID(),
    onSome: ({ organisationId, subject, via }) => JSON.stringify([via, organisationId, subject])
  })

const refusals = { key: "caller", all: "process" } as const

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
      const seats = makeSeats({ total: most.ofProcess, perKey: most.ofCaller })
      return {
        refusal: Effect.map(CurrentCaller, (caller) =>
          Option.map(Option.fromUndefinedOr(seats.full(nameOf(caller))), (full) => refusals[full])
        ),
        taken: Effect.flatMap(CurrentCaller, (caller) =>
          Effect.acquireRelease(
            Effect.sync(() => seats.takeAnyway(nameOf(caller))),
            (release) => Effect.sync(release)
          )
        )
      }
    })

  static readonly layer = StreamPlaces.layerWith({ ofProcess: MOST_STREAMS, ofCaller: MOST_STREAMS_OF_ONE })
}
