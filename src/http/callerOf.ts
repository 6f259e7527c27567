/** For whom a request is served: set once, before any route, and read by those that work for it. */
import { Effect, Option } from "effect"
import type { Context } from "hono"
import { type Caller, CurrentCaller, localCaller } from "../domain/Caller.ts"

export interface CallerEnv {
  readonly Variables: { readonly caller: Caller }
}

const isCaller = (value: unknown): value is Caller => typeof value === "object" && value !== null && "role" in value

/** Apps that are mounted without the identification serve this computer alone. */
export const callerOf = (c: Context): Caller => {
  const caller: unknown = c.get("caller")
  return isCaller(caller) ? caller : localCaller
}

export const onBehalfOf = (caller: Caller) => Effect.provideService(CurrentCaller, Option.some(caller))
