import { afterAll, expect, test } from "bun:test"
import { join } from "node:path"
import { Effect, ManagedRuntime } from "effect"
import { SqlClient } from "effect/sql"
import { readMigrations, schemaDocument, thingsIn } from "../../build/schemaDocument.ts"
import { MIGRATIONS_TABLE } from "../../src/runtime/postgres/migrations.ts"
import { it } from "../support/effect.ts"
import { TestDatabase } from "../support/TestDatabase.ts"

const ROOT = join(import.meta.dir, "../..")
const migrations = await readMigrations(join(ROOT, "migrations"))

const runtime = ManagedRuntime.make(TestDatabase.layer)
afterAll(() => runtime.dispose())

test("is written from the migrations as they are", async () => {
  expect(await Bun.file(join(ROOT, "docs/schema.md")).text()).toBe(await schemaDocument(ROOT))
})

it.live("names what the database has, and functions where their text is the database's", () =>
  Effect.promise(() =>
    runtime.runPromise(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const there = yield* sql<{ readonly kind: string; readonly name: string; readonly source: string | null }>`
          SELECT 'function' AS kind, proname AS name, prosrc AS source FROM pg_proc
            WHERE pronamespace = current_schema()::regnamespace
          UNION ALL SELECT CASE relkind WHEN 'v' THEN 'view' ELSE 'table' END, relname, NULL FROM pg_class
            WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'v') AND relname <> ${MIGRATIONS_TABLE}
          UNION ALL SELECT 'trigger', tgname, NULL FROM pg_trigger WHERE NOT tgisinternal`

        const things = thingsIn(migrations)
        const keyOf = ({ kind, name }: { readonly kind: string; readonly name: string }) => `${kind} ${name}`
        expect(things.map(keyOf).toSorted()).toEqual(there.map(keyOf).toSorted())

        const texts = new Map(migrations)
        for (const { name, source } of there.filter(({ kind }) => kind === "function")) {
          const { file, line } = things.find((each) => each.kind === "function" && each.name === name)!.defined
          const [statement] = texts
            .get(file)!
            .split("\n")
            .slice(line - 1)
            .join("\n")
            .split("\n-- next statement\n")
          expect([name, statement]).toEqual([name, expect.stringContaining(source!)])
        }
      })
    )
  )
)
