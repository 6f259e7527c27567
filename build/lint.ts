/** `bun run lint` ends with this: what the linters of the packages do not know. */
import { join } from "node:path"
import { Console, Effect } from "effect"
import { lintLicences } from "./licences/licencesDocument.ts"
import { allowances } from "./migrations/allowances.ts"
import { lintMigrations } from "./migrations/lintMigrations.ts"

const ROOT = join(import.meta.dir, "..")

const main = Effect.gen(function* () {
  const [migrations, licences] = yield* Effect.promise(() =>
    Promise.all([lintMigrations(join(ROOT, "migrations"), allowances), lintLicences(ROOT)])
  )
  const wrong = [...migrations, ...licences]
  for (const each of wrong) yield* Console.error(each)
  process.exitCode = wrong.length === 0 ? 0 : 1
})

await Effect.runPromise(main)
