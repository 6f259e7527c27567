/** The listening server: takes the next free port, and closes without waiting for those who only listen. */
import { Context, Duration, Effect, Layer, Predicate, Schema } from "effect"
import { messageOf } from "../domain/messageOf.ts"
import { LARGEST_UPLOAD } from "../domain/Uploads.ts"
import { HttpClosing } from "./HttpClosing.ts"
import { type SocketEvents, websocket } from "./streams/sockets.ts"

export class HttpServerAddress extends Context.Service<
  HttpServerAddress,
  {
    /** Where people on this computer reach it. */
    readonly url: URL
    readonly port: number
    /** Differs from `port` when that one was taken. */
    readonly requestedPort: number
  }
>()("callboard/http/HttpServerAddress") {}

export class ListenFailed extends Schema.TaggedError<ListenFailed>()("ListenFailed", {
  host: Schema.String,
  port: Schema.Int,
  message: Schema.String,
  cause: Schema.Defect()
}) {}

export type BunServer = Bun.Server<SocketEvents>

export interface HttpServerOptions {
  readonly host: string
  /** 0 for any free one. */
  readonly port: number
  readonly fetch: (request: Request, server: BunServer) => Response | Promise<Response>
  /** How long running requests may still take when the server closes. Default: 2 seconds. */
  readonly grace?: Duration.Input
}

/** How many ports after the requested one are tried. */
const PORTS_TRIED = 20

/** Longer than the longest held request (30 s). Streams switch it off for themselves with `server.timeout`. */
const IDLE_TIMEOUT_SECONDS = 60

/** What Bun itself cuts off: twice the largest upload. Lower limits, with a better answer, belong to the routes. */
const MAX_BODY_BYTES = 2 * LARGEST_UPLOAD

const DEFAULT_GRACE = Duration.seconds(2)

const isTaken = ({ cause }: ListenFailed) =>
  typeof cause === "object" && cause !== null && "code" in cause && cause.code === "EADDRINUSE"

/** A name that nobody knows, and an address that belongs to another computer. */
const NOT_HERE: ReadonlyArray<unknown> = ["EINVAL", "EADDRNOTAVAIL"]

const reasonOf = (cause: unknown): string =>
  Predicate.hasProperty(cause, "code") && NOT_HERE.includes(cause.code)
    ? `HOST must be an address or a name of this computer, such as 127.0.0.1 or 0.0.0.0 (${messageOf(cause)})`
    : messageOf(cause)

const listenOn = (port: number, { fetch, host }: HttpServerOptions) =>
  Effect.try({
    try: (): BunServer =>
      Bun.serve({
        hostname: host,
        port,
        idleTimeout: IDLE_TIMEOUT_SECONDS,
        maxRequestBodySize: MAX_BODY_BYTES,
        fetch,
        websocket
      }),
    catch: (cause) =>
      new ListenFailed({
        host,
        port,
        cause,
        message: `HOST=${host} PORT=${port} cannot be listened on: ${reasonOf(cause)}`
      })
  })

export const listen = (options: HttpServerOptions, attempt = 0): Effect.Effect<BunServer, ListenFailed> => {
  const next = options.port + attempt + 1
  const mayTryNext = options.port !== 0 && attempt < PORTS_TRIED && next <= 65_535
  return listenOn(options.port + attempt, options).pipe(
    Effect.catchIf(
      (error) => mayTryNext && isTaken(error),
      () => listen(options, attempt + 1)
    )
  )
}

/** Takes no new requests, tells those who wait, gives the rest the grace, then cuts what is left. */
export const close = (server: BunServer, grace: Duration.Input) =>
  Effect.gen(function* () {
    const closing = yield* HttpClosing
    yield* closing.begin
    yield* Effect.promise(() => server.stop()).pipe(Effect.interruptible, Effect.timeoutOption(grace))
    yield* Effect.promise(() => server.stop(true))
  })

/** What stands for every address is none that one can call. */
const CALLABLE: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" }

const urlOf = (bound: string, port: number) => {
  const host = CALLABLE[bound] ?? bound
  const name = host.includes(":") ? `[${host}]` : host
  return new URL(`http://${name}:${port}`)
}

/** Where a server is that was asked to listen there. */
export const addressOf = (server: BunServer, asked: Pick<HttpServerOptions, "host" | "port">) => {
  const port = server.port ?? asked.port
  return { url: urlOf(asked.host, port), port, requestedPort: asked.port }
}

export const layer = (options: HttpServerOptions) =>
  Layer.effect(
    HttpServerAddress,
    Effect.gen(function* () {
      const server = yield* Effect.acquireRelease(listen(options), (server) =>
        close(server, options.grace ?? DEFAULT_GRACE)
      )
      return addressOf(server, options)
    })
  )
