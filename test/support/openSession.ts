/** A process that opens one session and never ends by itself: `bun openSession.ts <worker> <boot>`. */
import { Console, Effect } from "effect"
import { BrowserSessions } from "../../src/runtime/browser/BrowserSessions.ts"
import { sessionsOf } from "./TestSessions.ts"

const [name = "", bootId = ""] = process.argv.slice(2)

const main = Effect.gen(function* () {
  const session = yield* (yield* BrowserSessions).open
  yield* session.use((page) => page.goto("data:text/html,<title>open</title>"))
  yield* Console.log("open")
  return yield* Effect.never
})

await Effect.runPromise(main.pipe(Effect.scoped, Effect.provide(sessionsOf({ name, bootId }))))
