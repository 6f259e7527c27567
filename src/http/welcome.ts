/** What the process says on its terminal. */
import { Console, Effect, Layer } from "effect"
import { HttpServerAddress } from "./HttpServer.ts"

interface Started {
  readonly role: "all" | "web" | "worker"
  readonly portalUrl?: string | undefined
}

/** Says where the process is reached, once everything works. */
export const welcome = ({ portalUrl, role }: Started) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const { port, requestedPort, url } = yield* HttpServerAddress
      if (requestedPort !== 0 && port !== requestedPort) {
        yield* Console.log(`Port ${requestedPort} is taken, so port ${port} is used.`)
      }
      if (role !== "worker") return yield* Console.log(`Callboard is ready: ${url.href} (stop it with Ctrl-C)`)
      if (portalUrl === undefined) {
        yield* Console.log("This worker has no portal: restaurant jobs fail here until CALLBOARD_PORTAL_URL is set.")
      }
      yield* Console.log(`Callboard's worker is ready: ${new URL("/readyz", url).href} (stop it with Ctrl-C)`)
    })
  )
