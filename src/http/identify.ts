/**
 * Finds out who is asking, before any route, and refuses whom it does not know: by an API key, a token, or the session
 * of somebody who signed in on the board. Where nobody has to (only this computer can ask, and there are no keys), it is
 * this computer.
 */
import { Cause, Effect, Exit, Option } from "effect"
import type { Context } from "hono"
import { createMiddleware } from "hono/factory"
import { ApiKeys, callerOfKey, KEY_PREFIX } from "../domain/ApiKeys.ts"
import type { AuditLog } from "../domain/AuditLog.ts"
import { type Caller, localCaller } from "../domain/Caller.ts"
import { BoardSessions, CredentialRefused, type TokenBearer, Tokens } from "../domain/Credentials.ts"
import { makeCounter } from "../domain/meters.ts"
import { Forbidden, OrganisationNotAllowed, Unauthenticated } from "./api/identityProblems.ts"
import type { ApiProblem } from "./api/problems.ts"
import type { CallerEnv } from "./callerOf.ts"
import { answering } from "./errorResponse.ts"
import type { RunWith } from "./Run.ts"
import { isRefusal, refusedLater, refusedNow } from "./refusedLater.ts"
import { comesFromElsewhere } from "./sameOrigin.ts"
import { forgetSession, keepSession, sessionOf } from "./sessionCookie.ts"

export type IdentityServices = ApiKeys | AuditLog | BoardSessions | Tokens

export interface IdentifyOptions {
  readonly run: RunWith<IdentityServices>
  readonly refuse: (c: Context, problem: ApiProblem) => Response | Promise<Response>
  /** Only this computer can reach the server, so that it may do without keys. */
  readonly local: boolean
  /** Paths that are for everybody; with a slash at the end, for all below. */
  readonly open?: ReadonlyArray<string>
  /** Where people reach it, when that is another name than the one it is asked under. */
  readonly publicHost?: string
  /** Paths where a client may say later who it is. */
  readonly late?: ReadonlyArray<string>
}

export const SIGN_IN_PATH = "/sign-in"

const ALWAYS_OPEN = [SIGN_IN_PATH, "/assets/"]

/** Nobody needs to sign in here. A key that was ever made closes the door for good. */
export const isOpen = Effect.gen(function* () {
  const { taken } = yield* Tokens
  return !taken && !(yield* (yield* ApiKeys).anyMade)
})

const refusals = makeCounter("callboard_credentials_refused_total", "Keys and tokens that let nobody in.", [
  "credential",
  "cause"
])

/** Whose credential this is, and how long it is good where that is known. */
export const bearerOf = (credential: string) => {
  const kind = credential.startsWith(KEY_PREFIX) ? "key" : "token"
  return credentialOf(credential, kind).pipe(
    Effect.tapErrorTag("CredentialRefused", () => refusals({ credential: kind, cause: "wrong" })),
    Effect.tapErrorTag("CredentialUnusable", () => refusals({ credential: kind, cause: "unusable" }))
  )
}

const credentialOf = (credential: string, kind: "key" | "token") =>
  Effect.gen(function* () {
    if (kind === "token") return yield* (yield* Tokens).verify(credential)
    const key = yield* (yield* ApiKeys).find(credential)
    if (Option.isNone(key)) return yield* new CredentialRefused()
    return { caller: callerOfKey(key.value) } satisfies Pick<TokenBearer, "caller"> & Partial<TokenBearer>
  })

const missing = () =>
  new Unauthenticated({ detail: "Send the header Authorization: Bearer <API key or token>, or sign in on the board." })

export const BEARER = /^Bearer +(\S+) *$/iu

const ofSession = (c: Context, cookie: string) =>
  Effect.gen(function* () {
    const sessions = yield* BoardSessions
    const session = yield* sessions.find(cookie)
    if (Option.isNone(session)) return yield* missing()
    // A page of its own has one answer that sets the cookie; of its parts, several would race.
    if (session.value.isDue && c.req.method === "GET" && c.req.header("Sec-Fetch-Dest") === "document") {
      Option.map(yield* sessions.renew(cookie), (next) => keepSession(c, next))
    }
    return session.value.caller
  })

const LONGEST_ORGANISATION = 200

/** A backend acts for the organisation that it names; everybody else for their own, whatever they name. */
const forOrganisation = (caller: Caller, named: string | undefined): Effect.Effect<Caller, OrganisationNotAllowed> => {
  if (named === undefined || named === caller.organisationId) return Effect.succeed(caller)
  if (caller.role === "service" && named.length <= LONGEST_ORGANISATION && /^[!-~]+$/u.test(named)) {
    return Effect.succeed({ ...caller, organisationId: named })
  }
  const detail =
    caller.role === "service"
      ? `Name it with 1 to ${LONGEST_ORGANISATION} visible ASCII characters.`
      : "Only services name one in Callboard-Organisation. Leave the header away."
  return Effect.fail(new OrganisationNotAllowed({ detail }))
}

/**
 * A page of another site gets nothing out of the session of whoever looks at it, also where it may call the API: browsers
 * send our cookie to all hosts of a site. A link that leads here is followed signed in.
 */
const cookieOf = (c: Context, publicHost: string | undefined) => {
  const isLink = c.req.method === "GET" && c.req.header("Sec-Fetch-Mode") === "navigate"
  return !isLink && comesFromElsewhere(c.req.raw, publicHost) ? undefined : sessionOf(c)
}

const PROXY_HEADERS = /^(?:forwarded|x-forwarded-.+|x-real-ip|via)$/u

/** A proxy on this computer makes everybody's requests look like those of this computer. Most say so. */
export const cameThroughProxy = (c: Context) => c.req.raw.headers.keys().some((name) => PROXY_HEADERS.test(name))

const fromElsewhere = () =>
  new Forbidden({ detail: "Without keys only this computer is served, and not through a proxy. Make a key first." })

const callerOfRequest = (c: Context, cookie: string | undefined, local: boolean) =>
  Effect.gen(function* () {
    const authorization = c.req.header("Authorization")
    if (local && (yield* isOpen)) return cameThroughProxy(c) ? yield* fromElsewhere() : localCaller
    if (authorization !== undefined) {
      const credential = BEARER.exec(authorization)?.[1]
      return credential === undefined ? yield* missing() : (yield* bearerOf(credential)).caller
    }
    return cookie === undefined ? yield* missing() : yield* ofSession(c, cookie)
  }).pipe(
    Effect.flatMap((caller) => forOrganisation(caller, c.req.header("Callboard-Organisation"))),
    answering
  )

/** For those who say in a message who they are. */
export const callerOfCredential = (credential: string) =>
  bearerOf(credential).pipe(
    Effect.map(({ caller }) => caller),
    answering
  )

export const identify = ({ late = [], local, open = [], publicHost, refuse, run }: IdentifyOptions) => {
  const everybody = [...ALWAYS_OPEN, ...open]
  const isForEverybody = (path: string) =>
    everybody.some((each) => path === each || (each.endsWith("/") && path.startsWith(each)))

  return createMiddleware<CallerEnv>(async (c, next) => {
    if (isForEverybody(c.req.path)) {
      c.set("caller", "nobody")
      return next()
    }
    const cookie = cookieOf(c, publicHost)
    const saysNothing = c.req.header("Authorization") === undefined && cookie === undefined
    const isLate = saysNothing && c.req.method === "GET" && late.includes(c.req.path)
    const exit = await run(callerOfRequest(c, cookie, local), c.req.raw.signal)
    if (Exit.isSuccess(exit)) {
      c.set("caller", exit.value)
      const askAgain = Effect.promise(() => run(callerOfRequest(c, cookie, local)))
      c.set("gone", refusedLater(askAgain))
      c.set("refused", refusedNow(askAgain))
      return next()
    }
    c.set("caller", "nobody")
    if (isLate && Exit.hasFails(exit)) return next()
    if (isRefusal(exit.cause) && cookie !== undefined) forgetSession(c)
    const failure = exit.cause.reasons.find(Cause.isFailReason)
    if (failure === undefined) throw Cause.squash(exit.cause)
    return refuse(c, failure.error)
  })
}
