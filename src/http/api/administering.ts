/** For what only admins may do. */
import { Effect, Option } from "effect"
import { CurrentCaller, may } from "../../domain/Caller.ts"
import { Forbidden } from "./problems.ts"

export const forbidden = () => new Forbidden({ detail: "Only admins may do this." })

export const administering = <A, E, R>(work: Effect.Effect<A, E, R>) =>
  Effect.flatMap(
    CurrentCaller,
    (caller): Effect.Effect<A, E | Forbidden, R> =>
      Option.isSome(caller) && may(caller.value, "administer") ? work : Effect.fail(forbidden())
  )
