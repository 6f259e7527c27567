/**
 * One request and its answer. Failures are `CallboardError`s, but for an abort, which stays what it is, and what can
 * never be sent, which is a `TypeError`.
 */
import { assertSendable } from "./assertSendable.ts"
import { CallboardError } from "./CallboardError.ts"
import { type Limit, limited } from "./limited.ts"
import { pause } from "./pause.ts"

export interface Connection {
  /** Where Callboard is: `https://jobs.example.com`. Default: the origin of the page. */
  readonly baseUrl?: string | URL
  /** API key or JWT. A function is asked for each request, so that a token may be renewed. */
  readonly token?: string | (() => string | undefined | Promise<string | undefined>)
  /** For a service key: the organisation to act for. */
  readonly organisation?: string
  /** Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch
}

export interface Sending {
  readonly query?: object
  /** Sent as JSON. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
  /** Doing it twice is doing it once, so it is sent again when no answer came. */
  readonly repeatable?: boolean
  /** How long the answer may take; of one that is read by the caller, its beginning. Default: 60 s. */
  readonly limitMs?: number
}

/** `read` takes from the answer what the caller wants of it; an answer that cannot be read is one that did not come. */
export type Send = <A>(
  method: string,
  path: string,
  read: (response: Response, limit: Limit) => A | Promise<A>,
  sending?: Sending
) => Promise<A>

/** The caller reads it. */
export const asIs = (response: Response, { untilEnd }: Limit): Response => untilEnd(response)

export const asJson = <A>(response: Response): Promise<A> => response.json() as Promise<A>

const TRIES = 3

/** Gateways give up before that, and say so. */
const LIMIT_MS = 60_000

/** How long the first request with a key may take, which another one waits for. */
const IN_FLIGHT_MS = 30_000

const textOf = (value: unknown): string => (value instanceof Date ? value.toISOString() : String(value))

const searchOf = (query: object = {}): string => {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    value === undefined ? [] : [value].flat().map((each) => [key, textOf(each)])
  )
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs)}`
}

/** Longer pauses are mostly a wrong clock, and timers of over 24 days go off at once. */
const LONGEST_PAUSE_MS = 600_000

const millisecondsOf = (header: string | null): number | undefined => {
  if (header === null) return undefined
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now()
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), LONGEST_PAUSE_MS)
}

const refusal = async (response: Response): Promise<CallboardError> => {
  const problem = await response.json().catch(() => ({}))
  const retryAfterMs = millisecondsOf(response.headers.get("retry-after"))
  return new CallboardError(response.status, problem ?? {}, retryAfterMs === undefined ? {} : { retryAfterMs })
}

/** Nothing came of it on this side of the server, so it may the next time. An abort stays what it is. */
const orLost = async <A>(title: string, signal: AbortSignal | undefined, work: () => A | Promise<A>): Promise<A> => {
  try {
    return await work()
  } catch (cause) {
    signal?.throwIfAborted()
    throw new CallboardError(0, { title }, { cause })
  }
}

export const connect = ({ baseUrl = "", fetch: given, organisation, token }: Connection): Send => {
  const base = String(baseUrl).replace(/\/+$/, "")

  const attempt: Send = async (method, path, read, { body, headers, limitMs = LIMIT_MS, query, signal } = {}) => {
    const send = given ?? globalThis.fetch
    const url = `${base}/api${path}${searchOf(query)}`
    const limit = limited(limitMs, signal)
    try {
      const secret = await orLost("The token for Callboard cannot be had", signal, () =>
        typeof token === "function" ? limit.race(token()) : token
      )
      const init = {
        method,
        headers: {
          accept: "application/json",
          ...(secret && { authorization: `Bearer ${secret}` }),
          ...(organisation && { "callboard-organisation": organisation }),
          ...(body !== undefined && { "content-type": "application/json" }),
          ...headers
        },
        ...(body !== undefined && { body: JSON.stringify(body) })
      }
      assertSendable(url, init.headers, given !== undefined)
      const response = await orLost("Callboard cannot be reached", signal, () =>
        limit.race(send(url, { ...init, signal: limit.signal }))
      )
      if (!response.ok && response.status !== 304) throw await refusal(response)
      return await orLost("The answer of Callboard cannot be read", signal, () => limit.race(read(response, limit)))
    } finally {
      limit.end()
    }
  }

  return async (method, path, read, sending = {}) => {
    const repeatable = sending.repeatable ?? method === "GET"
    let tries = 0
    let waitsUntil = Number.POSITIVE_INFINITY
    for (;;) {
      try {
        return await attempt(method, path, read, sending)
      } catch (error) {
        if (!(error instanceof CallboardError && error.isPassing && repeatable)) throw error
        // From now on: what failed before may have taken long, as a gateway does.
        if (error.isInFlight) waitsUntil = Math.min(waitsUntil, Date.now() + IN_FLIGHT_MS)
        else tries++
        if (tries >= TRIES || Date.now() > waitsUntil) throw error
        await pause(error.retryAfterMs ?? 250 * 4 ** Math.max(0, tries - 1), sending.signal)
      }
    }
  }
}
