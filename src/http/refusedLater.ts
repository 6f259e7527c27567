/** Whether somebody who was let in still would be. */
import { Cause, Effect, Exit } from "effect"
import type { Caller } from "../domain/Caller.ts"
import type { ApiProblem } from "./api/problems.ts"

/** How often who has a stream open is asked again who they are. */
const ASKED_AGAIN_EVERY = "5 seconds"

/** A database that is away is no reason to send anybody away. */
export const isRefusal = (cause: Cause.Cause<ApiProblem>) =>
  cause.reasons.some((reason) => Cause.isFailReason(reason) && reason.error.status < 500)

/** Ends when they are refused. */
export const refusedLater = (ask: Effect.Effect<Exit.Exit<Caller, ApiProblem>>): Effect.Effect<void> =>
  ask.pipe(
    Effect.delay(ASKED_AGAIN_EVERY),
    Effect.repeat({ until: (exit) => Exit.isFailure(exit) && isRefusal(exit.cause) }),
    Effect.asVoid
  )
