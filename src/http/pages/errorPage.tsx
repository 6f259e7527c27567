/** Failures as people see them: a page in the frame, or a toast where htmx asked. */
import { Cause, type Effect, Exit } from "effect"
import type { Context } from "hono"
import type { ContentfulStatusCode } from "hono/utils/http-status"
import { Toast } from "../../views/components/Partial.tsx"
import { ErrorPage, type ErrorPageProps } from "../../views/ErrorPage.tsx"
import type { ApiProblem } from "../api/problems.ts"
import { servedTo } from "../callerOf.ts"
import { answeringTo, type DomainError, problemResponse } from "../errorResponse.ts"
import { SIGN_IN_PATH } from "../identify.ts"
import type { RunWith } from "../Run.ts"
import type { BoardInfo } from "./BoardInfo.ts"
import { addressOf, fragmentResponse, pageResponse, securityHeaders } from "./page.tsx"

/** The page to come back to: for a part of a page the one it is in, for a form the one it was on. */
const wayBack = (c: Context): string => {
  if (c.req.method === "GET" && c.req.header("hx-request") === undefined) return addressOf(c)
  const page = c.req.header("hx-current-url") ?? c.req.header("referer")
  if (page === undefined || !URL.canParse(page)) return "/jobs"
  const { pathname, search } = new URL(page)
  return `${pathname}${search}`
}

/** Who is out is led to the sign-in, and from there back. What is no page for people gets the plain answer. */
const signInFirst = (c: Context, problem: ApiProblem): Response => {
  const target = `${SIGN_IN_PATH}?back=${encodeURIComponent(wayBack(c))}`
  if (c.req.header("hx-request") !== undefined) return c.body(null, 401, { ...securityHeaders, "hx-redirect": target })
  const isStream = c.req.header("accept")?.includes("text/event-stream") === true
  return isStream ? problemResponse(problem) : c.redirect(target, 303)
}

/** The id that the address names; nothing where what stands there can be none. */
const wantedOf = ({ req }: Context): string => /^\/[a-z]+\/([\w-]{1,60})(?=\/|$)/u.exec(req.path)?.[1] ?? ""

/** What people read instead of what programs are told. */
const wordsFor = (c: Context, problem: ApiProblem): ErrorPageProps => {
  const plain = { heading: `${problem.title}.`, text: problem.detail ?? "" }
  switch (problem._tag) {
    case "JobNotFoundProblem": {
      const searched = wantedOf(c)
      return {
        heading: searched === "" ? plain.heading : `There is no job ${searched}.`,
        text: "It does not exist, or was removed after its time.",
        searched
      }
    }
    case "RouteNotFound":
      return { ...plain, searched: "" }
    case "ServiceUnavailable":
      // A form may have been taken before the answer was lost; a page was only not read.
      return c.req.method === "GET"
        ? {
            heading: plain.heading,
            text: "Nothing is lost: jobs go on when it is back.",
            again: addressOf(c)
          }
        : plain
    case "InternalProblem":
      return { ...plain, reference: problem.reference }
    default:
      return plain
  }
}

/** The renderer for `notFound` and `onError` of the whole app. */
export const renderErrorPage =
  (info: BoardInfo) =>
  (c: Context, problem: ApiProblem): Response => {
    if (problem.status === 401) return signInFirst(c, problem)
    const status = problem.status as ContentfulStatusCode
    const text = problem.detail ?? ""
    if (c.req.header("hx-request-type") === "partial") {
      return fragmentResponse(c, <Toast tone="alert">{`${problem.title}. ${text}`}</Toast>, status)
    }
    return pageResponse(c, info, {
      title: problem.title,
      status,
      here: "/jobs",
      content: <ErrorPage {...wordsFor(c, problem)} />
    })
  }

/** Runs what a page needs and shows it; a typed failure becomes its page, a bug goes to the app's error handler. */
export const answer = async <A, E extends DomainError | ApiProblem, R>(
  c: Context,
  { run, info }: { readonly run: RunWith<R>; readonly info: BoardInfo },
  { load, show }: { readonly load: Effect.Effect<A, E, NoInfer<R>>; readonly show: (value: A) => Response }
): Promise<Response> => {
  const exit = await run(servedTo(c)(answeringTo(c.req.method)(load)), c.req.raw.signal)
  if (Exit.isSuccess(exit)) return show(exit.value)
  const failure = exit.cause.reasons.find(Cause.isFailReason)
  if (failure !== undefined) return renderErrorPage(info)(c, failure.error as ApiProblem)
  throw Cause.squash(exit.cause)
}
