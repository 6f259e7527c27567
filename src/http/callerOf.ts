/** For whom a request is served: set once, before any route, and read by those that work for it. */
import { Effect, Option, Context as Services } from "effect"
import type { Context } from "hono"
import { type Caller, CurrentCaller } from "../domain/Caller.ts"
import { RequestReference } from "../domain/RequestReference.ts"

export interface CallerEnv {
  readonly Variables: {
    readonly caller: Caller | "nobody"
    readonly gone?: Effect.Effect<void>
    readonly refused?: Effect.Effect<boolean>
  }
}

const isCaller = (value: unknown): value is Caller => typeof value === "object" && value !== null && "role" in value

/** Undefined for those who are out, and before anybody was asked who they are. */
export const personOf = (c: Context): Caller | undefined => {
  const caller: unknown = c.get("caller")
  return isCaller(caller) ? caller : undefined
}

/** Routes for those who are out never ask, so that nobody is ever taken for somebody. */
export const callerOf = (c: Context): Caller => {
  const caller = personOf(c)
  if (caller === undefined) throw new Error("a page for everybody asked who its caller is")
  return caller
}

/** Ends when the caller is no longer let in: what goes on for long, such as a stream, ends then too. */
export const goneOf = (c: Context): Effect.Effect<void> => {
  const gone: unknown = c.get("gone")
  return Effect.isEffect(gone) ? (gone as Effect.Effect<void>) : Effect.never
}

/** Whether the caller is let in no longer: what was held back for long asks before it tells anything. */
export const refusedOf = (c: Context): Effect.Effect<boolean> => {
  const refused: unknown = c.get("refused")
  return Effect.isEffect(refused) ? (refused as Effect.Effect<boolean>) : Effect.succeed(false)
}

/** As `refusedOf`, for handlers of the API. */
export const CallerRefused = Services.Reference<Effect.Effect<boolean>>("callboard/http/CallerRefused", {
  defaultValue: () => Effect.succeed(false)
})

/** As `goneOf`, for handlers of the API. */
export const CallerGone = Services.Reference<Effect.Effect<void>>("callboard/http/CallerGone", {
  defaultValue: () => Effect.never
})

export const onBehalfOf = (caller: Caller) => Effect.provideService(CurrentCaller, Option.some(caller))

/** As `onBehalfOf`, with the name of the request. */
export const servedTo = (c: Context) => {
  const reference: unknown = c.get("requestId")
  return <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    onBehalfOf(callerOf(c))(
      typeof reference === "string" ? Effect.provideService(effect, RequestReference, reference) : effect
    )
}
