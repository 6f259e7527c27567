/** Last line of the API: what no handler answered becomes a problem, and nothing but a problem leaves. */
import { Cause, Effect } from "effect"
import { HttpServerError, HttpServerRequest, HttpServerResponse } from "effect/http"
import { RequestReference } from "../../domain/RequestReference.ts"
import { problemResponse, retryAfterOf } from "../errorResponse.ts"
import { type ApiProblem, InternalProblem, MethodNotAllowed, RouteNotFound } from "./problems.ts"
import { methodsAt } from "./routes.ts"

const answer = (problem: ApiProblem) => HttpServerResponse.fromWeb(problemResponse(problem))

const isRouteNotFound = (error: unknown) =>
  HttpServerError.isHttpServerError(error) && error.reason._tag === "RouteNotFound"

const notRouted = Effect.map(HttpServerRequest.HttpServerRequest, (request) => {
  const allow = methodsAt(new URL(request.originalUrl).pathname)
  // The method may be right and the address still wrong: `%zz` fits the pattern and is no text.
  const wrongMethod = allow.length > 0 && !allow.includes(request.method)
  return answer(wrongMethod ? new MethodNotAllowed({ allow }) : new RouteNotFound())
})

const internal = (cause: Cause.Cause<unknown>) =>
  Effect.gen(function* () {
    const reference = yield* RequestReference
    yield* Effect.logError(`request ${reference} failed`, cause)
    return answer(new InternalProblem({ reference, detail: "Name the reference when you report it." }))
  })

const codeIn = ({ body }: HttpServerResponse.HttpServerResponse): unknown =>
  body._tag === "Uint8Array" ? JSON.parse(new TextDecoder().decode(body.body)).code : undefined

/** Declared failures are written by the library, which knows no headers for them. */
const withRetryAfter = (response: HttpServerResponse.HttpServerResponse) => {
  const { status } = response
  const seconds = [409, 429, 503].includes(status) ? retryAfterOf(status, codeIn(response)) : undefined
  return seconds === undefined ? response : HttpServerResponse.setHeader(response, "retry-after", seconds)
}

/** Interruption passes through: the client is gone, nobody reads an answer. */
export const withFailuresAnswered = <R>(app: Effect.Effect<HttpServerResponse.HttpServerResponse, unknown, R>) =>
  app.pipe(
    Effect.map(withRetryAfter),
    Effect.catchCause((cause) => {
      if (Cause.hasInterruptsOnly(cause)) return Effect.failCause(cause as Cause.Cause<never>)
      return isRouteNotFound(Cause.squash(cause)) ? notRouted : internal(cause)
    })
  )
