/** A Playwright server in a process of its own; says where it listens. `bun servePlaywright.ts` */
import { Console, Effect } from "effect"
import { playwrightServer } from "./RemoteBrowsers.ts"

const main = Effect.gen(function* () {
  const { address } = yield* playwrightServer()
  yield* Console.log(`listening on ${address}`)
  return yield* Effect.never
})

await Effect.runPromise(Effect.scoped(main))
