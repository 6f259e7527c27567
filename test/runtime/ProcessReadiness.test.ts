import { expect } from "bun:test"
import { PgClient } from "@effect/sql-pg"
import { Duration, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { Readiness } from "../../src/domain/Readiness.ts"
import { Departure } from "../../src/runtime/Departure.ts"
import * as ProcessReadiness from "../../src/runtime/ProcessReadiness.ts"
import { clientOptions } from "../../src/runtime/postgres/PgDatabase.ts"
import { it } from "../support/effect.ts"
import { TestPostgres } from "../support/TestPostgres.ts"
import { startWorker, until } from "../support/TestWorker.ts"

const staying = Layer.mock(Departure, { hasBegun: Effect.succeed(false) })
const check = Effect.flatMap(Readiness, (readiness) => readiness.check)

it.live("is not ready where the database takes no writes", () =>
  Effect.gen(function* () {
    const address = yield* TestPostgres.freshDatabase()
    const asked = check.pipe(
      Effect.provide(Layer.provide(ProcessReadiness.databaseOnly, [staying, PgClient.layer(clientOptions(address))]))
    )
    expect(yield* asked).toEqual({ ready: true, checks: { database: "ok" } })

    yield* Effect.flatMap(PgClient.PgClient, (sql) =>
      sql.unsafe(`ALTER DATABASE ${address.database} SET default_transaction_read_only = on`)
    ).pipe(Effect.provide(PgClient.layer(clientOptions(address))))
    expect(yield* asked).toEqual({ ready: false, checks: { database: "takes no writes" } })
  })
)

it.effect("is not ready while its worker cannot renew its leases, however quickly the database answers", () =>
  Effect.gen(function* () {
    const answering = Layer.succeed(SqlClient.SqlClient, (() => Effect.succeed([{ readOnly: false }])) as never)
    const { queue, state } = yield* startWorker()
    yield* until(() => state.phase === "claiming")
    const asked = check.pipe(
      Effect.provide(ProcessReadiness.layer(Duration.seconds(30))),
      Effect.provide([staying, answering, Layer.succeed(ProcessReadiness.WorkerState, state)])
    )
    const pass = (seconds: number) => Effect.repeat(TestClock.adjust("1 second"), { times: seconds - 1 })

    yield* pass(40)
    expect(yield* asked).toMatchObject({ ready: true })
    queue.database.state = "down"
    yield* pass(18)
    expect(yield* asked).toMatchObject({ ready: true })
    yield* pass(12)
    expect(yield* asked).toEqual({ ready: false, checks: { database: "ok", worker: "cannot renew its leases" } })
    queue.database.state = "up"
    yield* pass(3)
    expect(yield* asked).toMatchObject({ ready: true })
  })
)
