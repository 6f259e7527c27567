/** Whether somebody who was let in still would be. */
import { Cause, Effect, Exit } from "effect"
import type { Caller } from "../domain/Caller.ts"
import type { ApiProblem } from "./api/problems.ts"

/** How often who has a stream open is asked again who they are. */
const ASKED_AGAIN_EVERY = "5 seconds"

/** A database that is away is no reason to send anybody away. */
export const isRefusal = (cause: Cause.Cause<ApiProblem>) =>
  cause.reasons.some((reason) => Cause.isFailReason(reason) && reason.error.status < 500)

const isRefused = (exit: Exit.Exit<Caller, ApiProblem>) => Exit.isFailure(exit) && isRefusal(exit.cause)

/** Whether they are refused by now: for what was held back and is about to be told. */
export const refusedNow = (ask: Effect.Effect<Exit.Exit<Caller, ApiProblem>>): Effect.Effect<boolean> =>
  Effect.map(ask, isRefused)

/** Ends when they are refused. */
export const refusedLater = (ask: Effect.Effect<Exit.Exit<Caller, ApiProblem>>): Effect.Effect<void> =>
  ask.pipe(Effect.delay(ASKED_AGAIN_EVERY), Effect.repeat({ until: isRefused }), Effect.asVoid)
