/** What the process says once it works: on a terminal plainly, elsewhere as a log line like all others. */
import { Console, Effect, Layer, References } from "effect"
import { HttpServerAddress } from "./HttpServer.ts"

interface Started {
  readonly role: "all" | "web" | "worker"
  readonly portalUrl?: string | undefined
}

/** Whatever level is logged: who started the process waits for it. */
const say = (text: string) =>
  process.stdout.isTTY
    ? Console.log(text)
    : Effect.provideService(Effect.logInfo(text), References.MinimumLogLevel, "Info")

/** Says where the process is reached, once everything works. */
export const welcome = ({ portalUrl, role }: Started) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const { port, requestedPort, url } = yield* HttpServerAddress
      if (requestedPort !== 0 && port !== requestedPort) {
        yield* say(`Port ${requestedPort} is taken, so port ${port} is used.`)
      }
      if (role !== "worker") return yield* say(`Callboard is ready: ${url.href} (stop it with Ctrl-C)`)
      if (portalUrl === undefined) {
        yield* say("This worker has no portal: restaurant jobs fail here until CALLBOARD_PORTAL_URL is set.")
      }
      yield* say(`Callboard's worker is ready: ${new URL("/readyz", url).href} (stop it with Ctrl-C)`)
    })
  )
