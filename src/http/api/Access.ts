/**
 * What each endpoint needs its caller to be allowed, declared beside the endpoint: `.annotate(Needs, "read")`. One that
 * declares nothing is refused to everybody. Who the caller is was found out before (`identify.ts`).
 */
import { Context, Effect, Layer, Option } from "effect"
import { HttpApiMiddleware, HttpApiSecurity, OpenApi } from "effect/http-api"
import { CurrentCaller, may, type Permission, whoMay } from "../../domain/Caller.ts"
import { SECURE_SESSION_COOKIE, SESSION_COOKIE } from "../sessionCookie.ts"
import {
  CredentialsRefusedProblem,
  CredentialsUnusableProblem,
  Forbidden,
  OrganisationNotAllowed,
  Unauthenticated
} from "./identityProblems.ts"

export class Needs extends Context.Service<Needs, Permission>()("callboard/http/api/Needs") {}

const described = <A extends { readonly annotations: Context.Context<never> }>(description: string) =>
  HttpApiSecurity.annotate(OpenApi.Description, description) as (scheme: A) => A

export class Access extends HttpApiMiddleware.Service<Access>()("callboard/http/api/Access", {
  error: [
    Unauthenticated,
    CredentialsRefusedProblem,
    CredentialsUnusableProblem,
    OrganisationNotAllowed,
    Forbidden
  ] as const,
  security: {
    bearer: described<typeof HttpApiSecurity.bearer>(
      "An API key (cb_...) or a JSON Web Token. Services name the organisation in the header Callboard-Organisation."
    )(HttpApiSecurity.bearer),
    session: described<ReturnType<typeof HttpApiSecurity.apiKey>>(
      `Who is signed in on the board. Over HTTPS the cookie is named ${SECURE_SESSION_COOKIE}.`
    )(HttpApiSecurity.apiKey({ key: SESSION_COOKIE, in: "cookie" }))
  }
}) {}

export const forbidden = (permission: Permission) =>
  new Forbidden({ detail: `Only ${whoMay[permission]} may do this.` })

const check: HttpApiMiddleware.HttpApiMiddleware<never, typeof Forbidden, never> = (respond, { endpoint }) =>
  Effect.gen(function* () {
    const caller = yield* CurrentCaller
    const needed = Context.getOption(endpoint.annotations, Needs)
    if (Option.isNone(needed)) return yield* new Forbidden({ detail: "Nobody was given this." })
    if (Option.isNone(caller) || !may(caller.value, needed.value)) return yield* forbidden(needed.value)
    return yield* respond
  })

export const layer = Layer.succeed(Access, { bearer: check, session: check })
