/** Requests to the API over fakes, and their answers. */
import { Effect } from "effect"
import { makeApiHandler } from "../../src/http/api/ApiHandler.ts"
import { servedLocally } from "./asLocal.ts"
import { makeFakes } from "./fakes.ts"

export interface Call {
  /** Sent as JSON, unless it is a text. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

export const toRequest = (method: string, path: string, { body, headers, signal }: Call = {}) =>
  new Request(`http://localhost:3000${path}`, {
    method,
    headers: { ...(body !== undefined && { "Content-Type": "application/json" }), ...headers },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    ...(signal && { signal })
  })

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** The parsed body, undefined when it is empty. */
  readonly json: unknown
}

export const readAnswer = (response: Response) =>
  Effect.map(
    Effect.promise(() => response.text()),
    (text): Answer => ({
      status: response.status,
      headers: response.headers,
      json: text === "" ? undefined : JSON.parse(text)
    })
  )

/** The API over fakes. */
export const makeApi = Effect.gen(function* () {
  const fakes = yield* makeFakes
  const handler = servedLocally(yield* makeApiHandler.pipe(Effect.provideContext(fakes.services)))
  const call = (method: string, path: string, options?: Call) =>
    Effect.promise(() => handler(toRequest(method, path, options))).pipe(Effect.flatMap(readAnswer))
  return { ...fakes, handler, call }
})
