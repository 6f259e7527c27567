/**
 * Slows down whoever asks more often than anybody needs to: first by address, before it is known who asks, then by
 * caller. Many people may share an address, and one key may serve many people, so both are wide; they stop loops and
 * floods. Wrong passwords and keys are counted elsewhere.
 */
import type { Context, MiddlewareHandler } from "hono"
import { createMiddleware } from "hono/factory"
import type { Caller } from "../../domain/Caller.ts"
import { type ApiProblem, RateLimited } from "../api/problems.ts"
import { personOf } from "../callerOf.ts"
import { clientAddress } from "./clientAddress.ts"
import { makeTokenBuckets, type Taken, type TokenBuckets, WINDOW_SECONDS } from "./TokenBuckets.ts"

/** Per second, averaged over the window. 0 is no limit. */
export interface Rates {
  readonly perAddress: number
  readonly perCaller: number
  /** Of those per caller, the ones that change something. */
  readonly changesPerCaller: number
}

export interface RateLimitOptions extends Partial<Rates> {
  readonly refuse: (c: Context, problem: ApiProblem) => Response | Promise<Response>
  readonly now?: () => number
}

/** 2,000 open pages that poll every 2 s ask 1,000 times a second, from behind one address and with one key. */
export const STANDARD_RATES: Rates = { perAddress: 3_000, perCaller: 2_000, changesPerCaller: 500 }

/** A service is one caller, whatever organisation it names. */
export const keyOfCaller = ({ subject, via }: Caller): string => `${via}:${subject}`

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"])

/** Files that never change come from memory; without them the page that explains a refusal could not be read. */
const isAsset = (c: Context) => c.req.path.startsWith("/assets/")

interface Limit {
  readonly name: string
  readonly buckets: TokenBuckets
  /** Never changes: made once. */
  readonly policy: string
}

const limitOf = (name: string, perSecond: number, now: (() => number) | undefined): Limit | undefined => {
  if (perSecond === 0) return undefined
  const buckets = makeTokenBuckets({ perSecond, ...(now && { now }) })
  return { name, buckets, policy: `"${name}";q=${buckets.capacity};w=${WINDOW_SECONDS}` }
}

/** draft-ietf-httpapi-ratelimit-headers. */
const tell = (headers: Headers, { name, policy }: Limit, { remaining, resetSeconds }: Taken) => {
  headers.set("RateLimit-Policy", policy)
  headers.set("RateLimit", `"${name}";r=${remaining};t=${resetSeconds}`)
}

export const makeRateLimit = ({ now, refuse, ...rates }: RateLimitOptions) => {
  const { changesPerCaller, perAddress, perCaller } = { ...STANDARD_RATES, ...rates }
  const address = limitOf("address", perAddress, now)
  const requests = limitOf("requests", perCaller, now)
  const changes = limitOf("changes", changesPerCaller, now)

  const refused = async (c: Context, limit: Limit, taken: Taken) => {
    const response = await refuse(c, new RateLimited({ detail: `Try again in ${taken.waitSeconds} s.` }))
    response.headers.set("Retry-After", String(taken.waitSeconds))
    tell(response.headers, limit, taken)
    return response
  }

  const byAddress: MiddlewareHandler = createMiddleware(async (c, next) => {
    if (address === undefined || isAsset(c)) return next()
    const taken = address.buckets.take(clientAddress(c))
    return taken.allowed ? next() : refused(c, address, taken)
  })

  /** After it is known who asks. Tells each program how much is left. */
  const byCaller: MiddlewareHandler = createMiddleware(async (c, next) => {
    const person = personOf(c)
    // Pages for everybody are counted by the address alone.
    if (person === undefined || isAsset(c)) return next()
    const limits = SAFE_METHODS.has(c.req.method) ? [requests] : [changes, requests]
    const counted = limits.flatMap((limit) =>
      limit === undefined ? [] : [{ limit, taken: limit.buckets.take(keyOfCaller(person)) }]
    )
    for (const { limit, taken } of counted) if (!taken.allowed) return refused(c, limit, taken)
    await next()
    const tightest = counted[0]
    if (tightest !== undefined) tell(c.res.headers, tightest.limit, tightest.taken)
  })

  return { byAddress, byCaller }
}
