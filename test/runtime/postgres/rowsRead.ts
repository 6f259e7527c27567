/** How much a call reads: the same on any machine, however busy it is. */
import { Effect, Option } from "effect"
import { type Caller, CurrentCaller } from "../../../src/domain/Caller.ts"
import { makeCallers } from "../../../src/runtime/postgres/asCaller.ts"
import { column } from "./asMember.ts"

const tables = ["script_jobs", "job_queue"]

/** Rows of jobs and queue that this reads, in a transaction. */
export const counted = <A, E, R>(call: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const read = Effect.map(
      column(`SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int FROM pg_stat_xact_user_tables
        WHERE relname IN ('${tables.join("', '")}')`),
      ([rows]) => Number(rows)
    )
    const before = yield* read
    yield* call
    return (yield* read) - before
  })

/** Of a call, in the transaction of its caller. */
export const rowsRead = <A, E, R>(call: Effect.Effect<A, E, R>, caller: Caller) =>
  Effect.gen(function* () {
    const { transaction } = yield* makeCallers
    return yield* Effect.provideService(transaction(counted(call)), CurrentCaller, Option.some(caller))
  })
