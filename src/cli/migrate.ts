/** `callboard migrate`: brings the database's tables up to date before the new version starts, or says what is missing. */
import { Console, Effect, Layer } from "effect"
import { Command, Flag } from "effect/cli"
import * as ProcessLog from "../runtime/ProcessLog.ts"
import { migrationsOf } from "../runtime/postgres/migrationsOf.ts"
import * as PgDatabase from "../runtime/postgres/PgDatabase.ts"
import { readSettings } from "../runtime/Settings.ts"
import { print } from "./printing.ts"
import { Refused } from "./Refused.ts"
import { onlyExisting, theDatabase } from "./theDatabase.ts"

const check = Effect.gen(function* () {
  const { pending, unknown } = yield* migrationsOf
  if (unknown.length > 0) yield* Console.error(`A newer Callboard has applied: ${unknown.join(", ")}.`)
  if (pending.length === 0) return yield* print("All migrations are applied.")
  for (const name of pending) yield* print(name)
  return yield* new Refused({ message: `${pending.length} migration(s) are not applied yet.` })
})

export const migrate = Command.make(
  "migrate",
  {
    check: Flag.Boolean("check").pipe(
      Flag.withDescription("Change nothing: list what is not applied yet, and fail if that is anything."),
      Flag.withDefault(false)
    )
  },
  ({ check: onlyCheck }) =>
    Effect.gen(function* () {
      const settings = yield* readSettings(process.env)
      yield* onlyCheck
        ? Effect.andThen(
            onlyExisting(settings),
            check.pipe(Effect.provide(theDatabase(settings, PgDatabase.untouched)))
          )
        : Layer.build(theDatabase(settings, PgDatabase.layer)).pipe(
            Effect.scoped,
            Effect.andThen(print("All migrations are applied."))
          )
    }).pipe(Effect.provide(ProcessLog.layer("info")))
).pipe(Command.withDescription("Bring the tables up to date, which every start does too."))
