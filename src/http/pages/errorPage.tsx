/** Failures as people see them: a page in the frame, or a toast where htmx asked. */
import { Cause, type Effect, Exit } from "effect"
import type { Context } from "hono"
import type { ContentfulStatusCode } from "hono/utils/http-status"
import { Toast } from "../../views/components/Partial.tsx"
import { ErrorPage } from "../../views/ErrorPage.tsx"
import type { ApiProblem } from "../api/problems.ts"
import { callerOf, onBehalfOf } from "../callerOf.ts"
import { answering, type DomainError } from "../errorResponse.ts"
import type { HttpServices } from "../Run.ts"
import type { Board } from "./Board.ts"
import type { BoardInfo } from "./BoardInfo.ts"
import { fragmentResponse, pageResponse } from "./page.tsx"

/** The renderer for `notFound` and `onError` of the whole app. */
export const renderErrorPage =
  (info: BoardInfo) =>
  (c: Context, problem: ApiProblem): Response => {
    const status = problem.status as ContentfulStatusCode
    const text = problem.detail ?? ""
    if (c.req.header("hx-request-type") === "partial") {
      return fragmentResponse(c, <Toast tone="alert">{`${problem.title}. ${text}`}</Toast>, status)
    }
    const reference = problem._tag === "InternalProblem" ? { reference: problem.reference } : {}
    return pageResponse(c, info, {
      title: problem.title,
      status,
      here: "/jobs",
      content: <ErrorPage heading={`${problem.title}.`} text={text} {...reference} />
    })
  }

/** Runs what a page needs and shows it; a typed failure becomes its page, a bug goes to the app's error handler. */
export const answer = async <A, E extends DomainError | ApiProblem>(
  c: Context,
  { run, info }: Board,
  { load, show }: { readonly load: Effect.Effect<A, E, HttpServices>; readonly show: (value: A) => Response }
): Promise<Response> => {
  const exit = await run(onBehalfOf(callerOf(c))(answering(load)), c.req.raw.signal)
  if (Exit.isSuccess(exit)) return show(exit.value)
  const failure = exit.cause.reasons.find(Cause.isFailReason)
  if (failure !== undefined) return renderErrorPage(info)(c, failure.error)
  throw Cause.squash(exit.cause)
}
