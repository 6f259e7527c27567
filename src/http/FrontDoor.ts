/**
 * The port of the process. It is open from the start, so that whoever asks whether the process lives gets an answer while
 * the database is waited for and migrated; the app comes when everything works.
 */
import { Context, type Duration, Effect, Layer, type Scope } from "effect"
import type { HttpClosing } from "./HttpClosing.ts"
import { addressOf, type BunServer, close, HttpServerAddress, type ListenFailed, listen } from "./HttpServer.ts"

type Fetch = (request: Request, server: BunServer) => Response | Promise<Response>

export interface FrontDoorOptions {
  readonly host: string
  /** 0 for any free one. */
  readonly port: number
  /** Answers until there is an app. */
  readonly early: Fetch
}

const GRACE: Duration.Input = "2 seconds"

const make = ({ early, ...where }: FrontDoorOptions) =>
  Effect.gen(function* () {
    let current = early
    const server = yield* Effect.acquireRelease(
      listen({ ...where, fetch: (request, server) => current(request, server) }),
      (server) => Effect.promise(() => server.stop(true))
    )
    const address = addressOf(server, where)
    yield* Effect.logInfo("listening").pipe(Effect.annotateLogs({ url: address.url.href }))
    const letIn = (fetch: Fetch) =>
      Effect.sync(() => {
        current = fetch
        return address
      })
    return FrontDoor.of({ open: (fetch) => Effect.acquireRelease(letIn(fetch), () => close(server, GRACE)) })
  })

export class FrontDoor extends Context.Service<
  FrontDoor,
  {
    /** Serves this until the scope ends, which closes the port. */
    readonly open: (fetch: Fetch) => Effect.Effect<typeof HttpServerAddress.Service, never, HttpClosing | Scope.Scope>
  }
>()("callboard/http/FrontDoor") {
  static readonly layer = (options: FrontDoorOptions): Layer.Layer<FrontDoor, ListenFailed> =>
    Layer.effect(FrontDoor, make(options))

  /** The address, once the app behind it is served. */
  static readonly serving = (fetch: Fetch) =>
    Layer.effect(
      HttpServerAddress,
      Effect.flatMap(FrontDoor, ({ open }) => open(fetch))
    )
}
