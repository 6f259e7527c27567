/**
 * What one request may be, and how many may be open. What Bun cuts off before a route sees it is in docs/security.md:
 * headers over 16 KiB or 200 lines, headers that take over 10 s, connections that are quiet for a minute.
 */
import type { Context, MiddlewareHandler } from "hono"
import { createMiddleware } from "hono/factory"
import { IMPORT_ACTION } from "../../views/ImportPage.tsx"
import { type ApiProblem, BodyTimeout, BodyTooLarge, TooManyStreamsProblem, UriTooLong } from "../api/problems.ts"
import { personOf } from "../callerOf.ts"
import { SIGN_IN_PATH } from "../identify.ts"
import { MOST_STREAMS, MOST_STREAMS_OF_ONE } from "../streams/StreamPlaces.ts"
import { busy, makeCallerShares } from "./callerShares.ts"
import { clientAddress } from "./clientAddress.ts"
import { type Body, readLimited } from "./readLimited.ts"
import { makeSeats } from "./Seats.ts"
import { seatedStream } from "./seatedStream.ts"

/** Characters. The longest address of ours names the 50 rows of a page: about 2,000. */
const LONGEST_URL = 8_192

/** Requests that are worked on at once, those that wait for news of a job included. */
const MOST_REQUESTS = 5_000

/** Largest form: 1 MiB. The API has limits of its own. */
export const LARGEST_FORM_BYTES = 1024 * 1024

/** A key and little else. */
const LARGEST_SIGN_IN_BYTES = 32 * 1024

/** Whom nobody knows yet sends a form at once, and not many at a time from one place. */
const STRANGERS = { bodyTimeMs: 5_000, forms: 500, formsOfAddress: 20 }

export interface RequestLimitOptions {
  readonly refuse: (c: Context, problem: ApiProblem) => Response | Promise<Response>
  readonly mostRequests?: number
  readonly mostStreams?: number
  readonly mostStreamsPerAddress?: number
  readonly bodyTimeMs?: number
}

/** How all addresses of streams end. */
const STREAM_PATH = /\/(?:events|ws|[^/]+\.mjpeg)$/u

const isStream = ({ body, headers }: Response) =>
  body !== null && /^(?:text\/event-stream|multipart\/x-mixed-replace)/u.test(headers.get("content-type") ?? "")

export const bodyProblem = (body: Exclude<Body, Uint8Array>, mostBytes: number) =>
  body === "late"
    ? new BodyTimeout({ detail: "The body did not arrive in time." })
    : new BodyTooLarge({ detail: `At most ${mostBytes / 1024} KiB are taken.` })

export const makeRequestLimits = (options: RequestLimitOptions) => {
  const { bodyTimeMs, mostRequests = MOST_REQUESTS, refuse } = options
  const seats = makeSeats({
    perKey: options.mostStreamsPerAddress ?? MOST_STREAMS_OF_ONE,
    total: options.mostStreams ?? MOST_STREAMS
  })
  const strangers = makeSeats({
    perKey: Math.min(STRANGERS.formsOfAddress, Math.ceil(mostRequests / 4)),
    total: Math.min(STRANGERS.forms, Math.ceil(mostRequests / 2))
  })
  const shares = makeCallerShares({ mostRequests, refuse })
  let open = 0

  const requests: MiddlewareHandler = createMiddleware(async (c, next) => {
    if (c.req.url.length > LONGEST_URL) {
      return refuse(c, new UriTooLong({ detail: `At most ${LONGEST_URL} characters are taken.` }))
    }
    if (open >= mostRequests) return refuse(c, busy())
    open += 1
    try {
      return await next()
    } finally {
      open -= 1
    }
  })

  const streams: MiddlewareHandler = createMiddleware(async (c, next) => {
    if (!STREAM_PATH.test(c.req.path)) return next()
    const address = clientAddress(c)
    const refuseStream = (full: "key" | "all") =>
      refuse(c, full === "all" ? busy() : new TooManyStreamsProblem({ detail: "Close another page of it first." }))
    const full = seats.full(address)
    if (full !== undefined) return refuseStream(full)
    await next()
    if (!isStream(c.res)) return
    const release = seats.take(address)
    const { body, headers, status } = c.res
    // Somebody took the last one while this stream was made.
    if (release === undefined) {
      await body?.cancel()
      c.res = undefined
      c.res = await refuseStream(seats.full(address) ?? "all")
      return
    }
    c.res = new Response(seatedStream(body!, release), { status, headers })
  })

  const formOfStranger = async (c: Context, mostBytes: number): Promise<Body | undefined> => {
    const release = strangers.take(clientAddress(c))
    if (release === undefined) return undefined
    return readLimited(c.req.raw, { mostBytes, bodyTimeMs: bodyTimeMs ?? STRANGERS.bodyTimeMs }).finally(release)
  }

  /** Reads the form before any route does, so that no route has to wait for it. One that brings a file is read as it comes. */
  const forms: MiddlewareHandler = createMiddleware(async (c, next) => {
    if (c.req.raw.body === null || c.req.path === IMPORT_ACTION) return next()
    const mostBytes = c.req.path === SIGN_IN_PATH ? LARGEST_SIGN_IN_BYTES : LARGEST_FORM_BYTES
    const isStranger = personOf(c) === undefined
    const body = isStranger
      ? await formOfStranger(c, mostBytes)
      : await readLimited(c.req.raw, { mostBytes, ...(bodyTimeMs && { bodyTimeMs }) })
    if (body === undefined) return refuse(c, busy())
    if (!(body instanceof Uint8Array)) return refuse(c, bodyProblem(body, mostBytes))
    c.req.raw = new Request(c.req.raw, { body })
    return next()
  })

  return { requests, shares, streams, forms }
}
