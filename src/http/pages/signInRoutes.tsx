/** Signing in on the board with a key or a token, and out. */
import { Cause, Effect, Exit, Option } from "effect"
import { type Context, Hono } from "hono"
import type { ContentfulStatusCode } from "hono/utils/http-status"
import { AuditLog } from "../../domain/AuditLog.ts"
import { BoardSessions, Tokens } from "../../domain/Credentials.ts"
import { SignInPage } from "../../views/SignInPage.tsx"
import { TooManyTries } from "../api/identityProblems.ts"
import type { ApiProblem } from "../api/problems.ts"
import { onBehalfOf } from "../callerOf.ts"
import { answering } from "../errorResponse.ts"
import { shownNetwork } from "../FailedTries.ts"
import { bearerOf, SIGN_IN_PATH } from "../identify.ts"
import { clientAddress } from "../limits/clientAddress.ts"
import { forgetSession, keepSession, sessionOf } from "../sessionCookie.ts"
import { formOf } from "./formOf.ts"
import type { Identity } from "./Identity.ts"
import { needs } from "./needs.ts"
import { pageResponse } from "./page.tsx"
import { safePath } from "./safePath.ts"

interface Shown {
  readonly back: string
  readonly status?: ContentfulStatusCode
  readonly problem?: string
}

/** Longer texts are neither keys nor tokens. */
const LONGEST_CREDENTIAL = 20_000

const problemText = (problem: ApiProblem): string => {
  if (problem._tag === "TooManyTries") return `Too many wrong tries. Wait ${problem.retryAfterSeconds} seconds.`
  return [problem.title, problem.detail].filter(Boolean).join(". ").replace(/\.?$/u, ".")
}

/** The cookie of the new session. A session that the browser had before ends, so that nobody can slip one in. */
const signIn = (credential: string, former: string | undefined) =>
  Effect.gen(function* () {
    const sessions = yield* BoardSessions
    const { caller, expiresAtMs } = { expiresAtMs: undefined, ...(yield* bearerOf(credential)) }
    if (former !== undefined) yield* sessions.end(former)
    const cookie = yield* sessions.start(caller, expiresAtMs)
    yield* Effect.flatMap(AuditLog, ({ note }) => note({ action: "sign-in" })).pipe(onBehalfOf(caller))
    return cookie
  })

const isWrongTry = <E extends { readonly _tag: string }>(exit: Exit.Exit<unknown, E>) =>
  Exit.isFailure(exit) &&
  exit.cause.reasons.some((reason) => Cause.isFailReason(reason) && reason.error._tag === "CredentialRefused")

export const signInRoutes = ({ info, run, tries }: Identity) => {
  const show = async (c: Context, { back, status = 200, problem }: Shown) => {
    const exit = await run(Effect.map(Tokens, ({ taken }) => taken))
    const takesTokens = exit._tag === "Success" && exit.value
    const content = <SignInPage back={back} takesTokens={takesTokens} {...(problem !== undefined && { problem })} />
    return pageResponse(c, info, { title: "Sign in", status, here: SIGN_IN_PATH, content })
  }

  const refuse = (c: Context, back: string, problem: ApiProblem) => {
    if (problem._tag === "TooManyTries") c.header("Retry-After", String(problem.retryAfterSeconds))
    return show(c, { back, status: problem.status as ContentfulStatusCode, problem: problemText(problem) })
  }

  const attempt = (c: Context, credential: string) => {
    const network = clientAddress(c)
    return Effect.gen(function* () {
      const waitMs = tries.take(network)
      if (waitMs > 0) return yield* new TooManyTries({ retryAfterSeconds: Math.ceil(waitMs / 1_000) })
      return yield* signIn(credential, sessionOf(c)).pipe(
        Effect.onExit((exit) => Effect.sync(() => (isWrongTry(exit) ? undefined : tries.giveBack(network)))),
        Effect.tapErrorTag("CredentialRefused", () =>
          Effect.flatMap(AuditLog, ({ note }) => note({ action: "sign-in-failed", stranger: shownNetwork(network) }))
        )
      )
    }).pipe(answering, Effect.result)
  }

  return new Hono()
    .get(SIGN_IN_PATH, needs("nobody"), (c) => show(c, { back: safePath(c.req.query("back")) }))
    .post(SIGN_IN_PATH, needs("nobody"), async (c) => {
      const form = await formOf(c)
      const back = safePath(form.get("back"))
      const credential = (form.get("credential") ?? "").trim().slice(0, LONGEST_CREDENTIAL)
      if (credential === "") return show(c, { back, status: 422, problem: "Paste a key first." })
      const exit = await tries.inTurn(clientAddress(c), () => run(attempt(c, credential)))
      if (exit._tag === "Failure")
        throw new Error("signing in failed in a way that nobody expects", { cause: exit.cause })
      if (exit.value._tag === "Failure") return refuse(c, back, exit.value.failure)
      keepSession(c, exit.value.success)
      return c.redirect(back, 303)
    })
    .post("/sign-out", needs("read"), async (c) => {
      const cookie = sessionOf(c)
      const end = Effect.gen(function* () {
        const sessions = yield* BoardSessions
        if (cookie === undefined) return
        const session = yield* sessions.find(cookie)
        yield* sessions.end(cookie)
        if (Option.isSome(session)) {
          yield* Effect.flatMap(AuditLog, ({ note }) => note({ action: "sign-out" })).pipe(
            onBehalfOf(session.value.caller)
          )
        }
      })
      await run(end)
      forgetSession(c)
      return c.redirect(SIGN_IN_PATH, 303)
    })
}
