/** `bun run lint` ends with this: what the linters of the packages do not know. */
import { join } from "node:path"
import { Console, Effect } from "effect"
import { allowances } from "./migrations/allowances.ts"
import { lintMigrations } from "./migrations/lintMigrations.ts"

const main = Effect.gen(function* () {
  const wrong = yield* Effect.promise(() => lintMigrations(join(import.meta.dir, "../migrations"), allowances))
  for (const each of wrong) yield* Console.error(each)
  process.exitCode = wrong.length === 0 ? 0 : 1
})

await Effect.runPromise(main)
