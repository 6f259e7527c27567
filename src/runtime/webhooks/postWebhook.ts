/**
 * One POST to an address of somebody else's choice. The name is looked up once, every address it has is checked, and the
 * connection goes to one that was checked: nothing looks the name up again. Redirects are answers like any other.
 */
import { lookup } from "node:dns/promises"
import { type IncomingMessage, type RequestOptions, request as requestHttp } from "node:http"
import { request as requestHttps } from "node:https"
import { Duration, Effect, Schema } from "effect"
import { DeliveryErrorCode } from "../../domain/Webhook.ts"
import { type AllowedAddresses, isNamed, literalOf, mayReach } from "./AddressRules.ts"
import { urlRefusal } from "./checkWebhookUrl.ts"

/** From looking the name up to the last byte that is read. */
const LONGEST_POST = Duration.seconds(15)

/** Of an answer no more than this is read. */
const MOST_READ = 1_024

/** How long its body is waited for: the status says whether the event was taken. */
const LONGEST_READ_MS = 1_000

export class PostFailed extends Schema.TaggedError<PostFailed>()("PostFailed", {
  code: DeliveryErrorCode,
  /** For the log of the process. */
  cause: Schema.optionalKey(Schema.Defect())
}) {}

export interface PostAnswer {
  readonly status: number
  readonly retryAfter: string | undefined
  /** The first bytes of its body, as text. */
  readonly text: string
}

export type Resolve = (name: string) => Effect.Effect<ReadonlyArray<string>, PostFailed>

/** As everything else on this machine looks names up. */
const resolveName: Resolve = (name) =>
  Effect.tryPromise({
    try: () => lookup(name, { all: true, verbatim: true }),
    catch: (cause) => new PostFailed({ code: "NAME", cause })
  }).pipe(Effect.map((found) => found.map(({ address }) => address)))

export interface PostOptions {
  readonly allowed: AllowedAddresses
  readonly resolve?: Resolve
  /** Certificates to trust besides those of the system. */
  readonly ca?: string
  readonly limit?: Duration.Duration
}

export interface Post {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const codeOf = (cause: unknown): string =>
  typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : ""

const failedBy = (cause: unknown): PostFailed => {
  const isTls = /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_/u.test(codeOf(cause))
  return new PostFailed({ code: isTls ? "TLS" : "CONNECTION", cause })
}

/** Reads the beginning of the body and hangs up: one that has no end, or breaks off, costs nobody anything. */
const read = (response: IncomingMessage, done: (text: string) => void) => {
  const parts: Array<Buffer> = []
  let size = 0
  const end = () => {
    clearTimeout(timer)
    response.destroy()
    done(Buffer.concat(parts).subarray(0, MOST_READ).toString("utf8"))
  }
  const timer = setTimeout(end, LONGEST_READ_MS)
  response.on("data", (part: Buffer) => {
    parts.push(part)
    size += part.length
    if (size >= MOST_READ) end()
  })
  response.on("end", end)
  response.on("error", end)
  response.on("close", end)
}

const postTo = (address: string, { body, headers, url }: Post, ca: string | undefined) =>
  Effect.callback<PostAnswer, PostFailed>((resume, signal) => {
    const { hostname, host, pathname, port, protocol, search } = new URL(url)
    const isTls = protocol === "https:"
    const options: RequestOptions & { readonly servername?: string; readonly ca?: string } = {
      // An address, so that nothing is left to look up.
      hostname: address,
      port: port === "" ? (isTls ? 443 : 80) : Number(port),
      path: pathname + search,
      method: "POST",
      headers: { ...headers, host, "content-length": String(Buffer.byteLength(body)) },
      // A kept connection would go on to an address that was checked for somebody else.
      agent: false,
      signal,
      ...(isTls && literalOf(hostname) === undefined && { servername: hostname }),
      ...(ca !== undefined && { ca })
    }
    const fail = (cause: unknown) => resume(Effect.fail(failedBy(cause)))
    const request = (isTls ? requestHttps : requestHttp)(options, (response) => {
      const { headers: answered, statusCode: status = 0 } = response
      read(response, (text) => resume(Effect.succeed({ status, retryAfter: answered["retry-after"], text })))
    })
    request.on("error", fail)
    request.end(body)
  })

/** Tried one after the other: the network may lack one of the two kinds. */
const MOST_ADDRESSES = 2

const UNREACHABLE = /ECONNREFUSED|ENETUNREACH|EHOSTUNREACH|EADDRNOTAVAIL|EAFNOSUPPORT/u

/** The first of each kind, IPv4 before IPv6: more servers have a route for it. */
const oneOfEachKind = (addresses: ReadonlyArray<string>): ReadonlyArray<string> => {
  const isV6 = (address: string) => address.includes(":")
  const kinds = [addresses.find((address) => !isV6(address)), addresses.find(isV6)]
  return kinds.filter((address) => address !== undefined).slice(0, MOST_ADDRESSES)
}

/** The addresses that may be connected to. One that may not makes all of them suspicious. */
const checkedAddresses = (url: string, { allowed, resolve = resolveName }: PostOptions) =>
  Effect.gen(function* () {
    if (urlRefusal(url, allowed) !== undefined) return yield* new PostFailed({ code: "ADDRESS_NOT_ALLOWED" })
    const { hostname, protocol } = new URL(url)
    const literal = literalOf(hostname)
    const found = literal === undefined ? yield* resolve(hostname) : [literal]
    if (found.length === 0) return yield* new PostFailed({ code: "NAME" })
    const isFine = (address: string) =>
      mayReach(hostname, address, allowed) && (protocol === "https:" || isNamed(hostname, address, allowed))
    if (!found.every(isFine)) return yield* new PostFailed({ code: "ADDRESS_NOT_ALLOWED" })
    return oneOfEachKind(found)
  })

export const postWebhook = (post: Post, options: PostOptions): Effect.Effect<PostAnswer, PostFailed> =>
  Effect.gen(function* () {
    const [first, second] = yield* checkedAddresses(post.url, options)
    const attempt = postTo(first ?? "", post, options.ca)
    return yield* second === undefined
      ? attempt
      : Effect.catchIf(
          attempt,
          ({ cause }) => UNREACHABLE.test(codeOf(cause)),
          () => postTo(second, post, options.ca)
        )
  }).pipe(
    Effect.timeoutOrElse({
      duration: options.limit ?? LONGEST_POST,
      orElse: () => Effect.fail(new PostFailed({ code: "TIMEOUT" }))
    })
  )
