/** Transactions that a test opens, interleaves and ends by hand, each on a connection of its own. */
import { Effect, Fiber, type Scope } from "effect"
import { SqlClient, type SqlError } from "effect/sql"

type Rows = ReadonlyArray<Record<string, unknown>>

export interface HandTransaction {
  readonly run: (statement: string, ...parameters: ReadonlyArray<unknown>) => Effect.Effect<Rows, SqlError.SqlError>
  /** Sends a statement and comes back when it has ended or waits for a lock. */
  readonly start: (
    statement: string,
    ...parameters: ReadonlyArray<unknown>
  ) => Effect.Effect<
    { readonly end: Effect.Effect<Rows, SqlError.SqlError>; readonly waits: boolean },
    SqlError.SqlError
  >
  readonly commit: Effect.Effect<void, SqlError.SqlError>
  readonly rollback: Effect.Effect<void, SqlError.SqlError>
}

export const beginByHand: Effect.Effect<HandTransaction, SqlError.SqlError, SqlClient.SqlClient | Scope.Scope> =
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const connection = yield* sql.reserve
    const run: HandTransaction["run"] = (statement, ...parameters) =>
      connection.execute(statement, parameters, undefined) as Effect.Effect<Rows, SqlError.SqlError>
    yield* Effect.acquireRelease(run("BEGIN"), () => Effect.ignore(run("ROLLBACK")))
    const [me] = (yield* run("SELECT pg_backend_pid() AS pid")) as ReadonlyArray<{ readonly pid: number }>
    const pid = Number(me?.pid)

    const start: HandTransaction["start"] = (statement, ...parameters) =>
      Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(run(statement, ...parameters))
        for (;;) {
          if (fiber.pollUnsafe() !== undefined) return { end: Fiber.join(fiber), waits: false }
          const waiting = yield* sql`
            SELECT FROM pg_stat_activity WHERE pid = ${pid} AND wait_event_type = 'Lock'`
          if (waiting.length > 0) return { end: Fiber.join(fiber), waits: true }
        }
      })

    return { run, start, commit: Effect.asVoid(run("COMMIT")), rollback: Effect.asVoid(run("ROLLBACK")) }
  })

/** Waits until so many statements that name this wait for a lock, and gives how many of them do so in the end. */
export const waitingStatements = (name: string, atLeast: number) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const look = Effect.map(
      sql<{ pid: number }>`
        SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE ${`%${name}%`}`,
      (rows) => rows.length
    )
    yield* Effect.repeat(look, { until: (count) => count >= atLeast })
    return Math.max(...(yield* Effect.replicateEffect(look, 20)))
  })

/** What `claim_jobs` is called with by hand: up to `most` jobs of the default lane, for another worker. */
export const claimByHand = (most: number) =>
  `SELECT id FROM claim_jobs('default', ${most}, '{idle}', '', 'by-hand', gen_random_uuid(), interval '30 seconds')`

/** Ends one attempt as settling does. */
export const endByHand = (status: "completed" | "failed", ...ids: ReadonlyArray<string>) => `
  UPDATE script_jobs SET status = '${status}', error_code = ${status === "failed" ? "'NOT_FOUND'" : "NULL"}
  WHERE id IN (${ids.map((id) => `'${id}'`).join()})`
