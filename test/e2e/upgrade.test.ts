import { expect } from "bun:test"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { clientOptions } from "../../src/runtime/postgres/PgDatabase.ts"
import { eventually, spawnCallboard, startCallboard, temporaryDirectory } from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"
import { type TestDatabase, TestPostgres } from "../support/TestPostgres.ts"

const CALLBOARD_CONFIG = join(import.meta.dir, "fixtures/job-types.ts")

/** What a newer version does when it starts: everything at once, and its entry in the list. */
const migrateFurther = (address: TestDatabase, id: number, name: string, ...changes: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    yield* sql.withTransaction(
      Effect.gen(function* () {
        for (const change of changes) yield* sql.unsafe(change)
        yield* sql`INSERT INTO callboard_migrations (migration_id, name) VALUES (${id}, ${name})`
      })
    )
  }).pipe(Effect.provide(PgClient.layer(clientOptions(address))))

const statusOf = (url: URL) => Effect.promise(() => fetch(url).then(({ status }) => status))

it.live(
  "works on, and starts, beside a newer version that has added to the database, and not beside one that broke it",
  () =>
    Effect.gen(function* () {
      const address = yield* TestPostgres.freshDatabase()
      const directory = yield* temporaryDirectory
      const [journal, gate] = [join(directory, "journal"), join(directory, "gate")]
      const env = { CALLBOARD_CONFIG, DATABASE_URL: TestPostgres.urlOf(address) }
      const older = yield* startCallboard({ dataDirectory: yield* temporaryDirectory, env })
      const begun = yield* older.create("gated", { journal, gate })
      yield* older.jobWhen(begun.id, (job) => job.progress.stepName === "second")

      const look = Effect.forEach(
        ["/api/jobs", `/api/jobs/${begun.id}`, `/api/jobs/${begun.id}/attempts`, "/api/stats", "/jobs"],
        (path) => Effect.replicateEffect(statusOf(new URL(path, older.url)), 12, { concurrency: 12 })
      )
      // Each connection has prepared what it asks for, from columns as they were then.
      const before = yield* look

      yield* migrateFurther(
        address,
        9_000,
        "more_columns",
        "ALTER TABLE script_jobs ADD COLUMN newer text NOT NULL DEFAULT 'new'",
        "ALTER TABLE job_attempts ADD COLUMN newer integer",
        "ALTER TABLE workers ADD COLUMN newer integer",
        "CREATE TABLE newer_things (id integer PRIMARY KEY)"
      )
      expect(yield* look).toEqual(before)
      const meanwhile = yield* older.create("gated", { journal, gate })
      const restarted = yield* startCallboard({ dataDirectory: yield* temporaryDirectory, env })
      const later = yield* restarted.create("gated", { journal, gate })
      writeFileSync(gate, "")
      const ended = yield* Effect.forEach([begun, meanwhile, later], ({ id }) => older.jobEnded(id))

      expect(ended.map(({ attempts, status }) => [status, attempts])).toEqual([
        ["completed", 1],
        ["completed", 1],
        ["completed", 1]
      ])
      expect((yield* restarted.json("/readyz")).status).toBe(200)
      yield* eventually(Effect.sync(() => restarted.output().includes("more_columns") || undefined))
      expect(older.output() + restarted.output()).not.toContain("ERROR")

      yield* migrateFurther(address, 9_001, "breaking_removal")
      const refused = yield* spawnCallboard({ dataDirectory: yield* temporaryDirectory, env })
      expect(yield* Effect.promise(() => refused.ended)).toBe(1)
      expect(refused.output()).toContain("Start the newer version here too.")
      expect(refused.output()).toContain("breaking_removal")
    })
)
