/** A process between start and end, as an orchestrator sees it. */
import { expect } from "bun:test"
import { PgClient } from "@effect/sql-pg"
import { Deferred, Effect } from "effect"
import { clientOptions } from "../../src/runtime/postgres/PgDatabase.ts"
import { eventually, spawnCallboard, temporaryDirectory } from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"
import { TestPostgres } from "../support/TestPostgres.ts"

const statusOf = (url: string) =>
  Effect.promise(() => fetch(url).then(async (response) => ({ status: response.status, text: await response.text() })))

it.live("lives before it is ready, is ready when the database is migrated, and goes step by step", () =>
  Effect.gen(function* () {
    const address = yield* TestPostgres.freshDatabase()
    const { child, ended, output } = yield* spawnCallboard({
      dataDirectory: yield* temporaryDirectory,
      env: { DATABASE_URL: TestPostgres.urlOf(address), CALLBOARD_ROLE: "web", CALLBOARD_DRAIN_DELAY: "5 minutes" }
    })
    const urlIn = eventually(Effect.sync(() => /"message":"listening".*"url":"([^"]+)\/"/u.exec(output())?.[1]))
    const release = yield* Deferred.make<void>()
    // Somebody else migrates, and takes their time.
    yield* PgClient.PgClient.pipe(
      Effect.flatMap((sql) =>
        sql.withTransaction(
          Effect.gen(function* () {
            yield* sql`
              CREATE TABLE callboard_migrations (
                migration_id integer PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now(), name text NOT NULL
              )`
            yield* Deferred.await(release)
          })
        )
      ),
      Effect.provide(PgClient.layer(clientOptions(address))),
      Effect.forkScoped
    )
    const url = yield* urlIn
    const when = (path: string, fact: (answer: { status: number; text: string }) => boolean) =>
      eventually(Effect.map(statusOf(`${url}${path}`), (answer) => (fact(answer) ? answer : undefined)))

    yield* when("/readyz", ({ status, text }) => status === 503 && text.includes("migrating the database"))
    expect(yield* statusOf(`${url}/healthz`)).toEqual({ status: 200, text: '{"status":"ok"}' })
    expect((yield* statusOf(`${url}/api/jobs`)).status).toBe(503)
    expect(output()).not.toContain("is ready")

    yield* Deferred.succeed(release, undefined)
    yield* when("/readyz", ({ status }) => status === 200)

    child.kill("SIGTERM")
    const leaving = yield* when("/readyz", ({ status }) => status === 503)
    expect(leaving.text).toContain('"process":"draining"')
    expect((yield* statusOf(`${url}/api/jobs`)).status).toBe(200)
    expect((yield* statusOf(`${url}/healthz`)).status).toBe(200)
    // A second signal ends what the delay holds up; it counts when it comes a second later.
    const since = performance.now()
    yield* eventually(Effect.sync(() => performance.now() - since > 1_000 || undefined))
    child.kill("SIGTERM")
    expect(yield* Effect.promise(() => ended)).toBe(130)
  })
)
