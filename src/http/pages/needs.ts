/**
 * What each route of the board needs its caller to be allowed, declared beside it: `.post(path, needs("operate"), ...)`.
 * One that declares nothing is refused to everybody.
 */
import type { Context, Handler, MiddlewareHandler } from "hono"
import { createMiddleware } from "hono/factory"
import { matchedRoutes } from "hono/route"
import { may, type Permission } from "../../domain/Caller.ts"
import { forbidden } from "../api/Access.ts"
import { Forbidden } from "../api/identityProblems.ts"
import type { ApiProblem } from "../api/problems.ts"
import { callerOf, personOf } from "../callerOf.ts"

/** `nobody`: for those too who are not signed in. */
export type Need = Permission | "nobody"

const declared = new WeakMap<object, Need>()

/** Does nothing itself; `guard` reads it. */
export const needs = (need: Need): MiddlewareHandler => {
  const mark: MiddlewareHandler = (_, next) => next()
  declared.set(mark, need)
  return mark
}

export const needOf = (handler: Handler | MiddlewareHandler): Need | undefined => declared.get(handler)

const refusalOf = (c: Context): ApiProblem | undefined => {
  const routes = matchedRoutes(c).slice(c.req.routeIndex + 1)
  if (routes.every(({ method }) => method === "ALL")) return undefined
  const need = routes.map(({ handler }) => declared.get(handler)).find((each) => each !== undefined)
  if (need === undefined) return new Forbidden({ detail: "Nobody was given this." })
  if (need === "nobody") return undefined
  return personOf(c) !== undefined && may(callerOf(c), need) ? undefined : forbidden(need)
}

/** Stands before the routes of an app. */
export const guard = (refuse: (c: Context, problem: ApiProblem) => Response) =>
  createMiddleware(async (c, next) => {
    const refusal = refusalOf(c)
    return refusal === undefined ? next() : refuse(c, refusal)
  })
