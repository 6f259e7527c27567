/** Writes the rows of new jobs and gives the jobs: one statement, in the name of whoever asks. */
import { DateTime, Effect, Option } from "effect"
import { SqlClient, type Statement } from "effect/sql"
import { CurrentCaller } from "../../domain/Caller.ts"
import type { Job } from "../../domain/Job.ts"
import { JobTypes } from "../../domain/JobType.ts"
import type { Lane } from "../../domain/Lane.ts"
import type { WaitingReason } from "../../domain/Waiting.ts"
import { HandOver, type Seat } from "../HandOver.ts"
import { makeCallers } from "./asCaller.ts"
import type { ClaimRow } from "./claimJobs.ts"
import { makeJobReader } from "./JobReader.ts"
import { jobOf } from "./JobRow.ts"
import { type CreatedRow, createdAs, EXPIRY_SECONDS, jobRowOf, type NewRow, type Renamed } from "./newRows.ts"
import { isPlain, type PlainRows, plainRowsOf } from "./plainRows.ts"
import { decodeReasons } from "./readJobRow.ts"
import { preparedAnew } from "./stalePlan.ts"

/** What `create_plain_jobs` gives. */
interface PlainJobs {
  readonly madeAt: Date
  readonly renamed: Renamed
  /** One list for all jobs, or one for each id. */
  readonly reasons: ReadonlyArray<unknown> | Readonly<Record<string, unknown>> | null
}

/** The first arguments of `create_plain_jobs` and `insert_plain_jobs`. */
export const sentPlain = (sql: SqlClient.SqlClient, { columns, inputs, shared }: PlainRows): Statement.Fragment =>
  sql`${shared}::text::json, ${columns}::text::json, ${inputs}::text, ${EXPIRY_SECONDS} * interval '1 second'`

export const makeInsertJobs = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const types = yield* JobTypes
  const reader = yield* makeJobReader
  const callers = yield* makeCallers
  const handOver = yield* Effect.serviceOption(HandOver)

  const sentWithKind = (plain: PlainRows): Statement.Fragment =>
    sql`${sentPlain(sql, plain)}, ${plain.kind?.lane ?? null}::text, ${plain.kind?.type ?? null}::text`

  const newJob = (sent: NewRow, created: CreatedRow, waitingFor: ReadonlyArray<WaitingReason>): Job =>
    jobOf(jobRowOf(sent, created), {
      types,
      waitingFor,
      prompt: undefined,
      etaMs: undefined,
      now: DateTime.fromDateUnsafe(created.createdAt)
    })

  const jobsOf = Effect.fnUntraced(function* (rows: ReadonlyArray<NewRow>, { madeAt, reasons, renamed }: PlainJobs) {
    const isOne = reasons === null || Array.isArray(reasons)
    const ofAll = isOne ? yield* decodeReasons(reasons) : []
    return yield* Effect.forEach(rows, (row) => {
      const created = createdAs(row, madeAt, renamed)
      if (isOne) return Effect.succeed(newJob(row, created, ofAll))
      const own = (reasons as Readonly<Record<string, unknown>>)[row.id] ?? null
      return Effect.map(decodeReasons(own), (waitingFor) => newJob(row, created, waitingFor))
    })
  })

  const insertPlain = Effect.fnUntraced(function* (rows: ReadonlyArray<NewRow>, plain: PlainRows) {
    const who = yield* callers.direct
    const isCalled = Option.isSome(yield* CurrentCaller)
    const sent = sentWithKind(plain)
    const [made] = yield* sql<PlainJobs>`
      SELECT * FROM ${
        Option.isSome(who)
          ? sql`create_plain_jobs_as(${who.value}, ${sent})`
          : sql`create_plain_jobs(${sent}, ${isCalled})`
      }`
    return yield* jobsOf(rows, made!)
  })

  /** For the worker of this process that waits for such jobs. What was claimed is its own, and may be other jobs. */
  const insertAndClaim = Effect.fnUntraced(function* (
    rows: ReadonlyArray<NewRow>,
    plain: PlainRows,
    handOver: typeof HandOver.Service,
    seat: Seat
  ) {
    const who = Option.getOrElse(yield* callers.direct, () => sql`NULL::text, NULL::text`)
    const [made] = yield* sql<PlainJobs & { readonly claimed: ReadonlyArray<ClaimRow> | null }>`
      SELECT * FROM create_and_claim_jobs(${who}, ${sentWithKind(plain)}, ${seat.terms.sent})`
    yield* handOver.give(seat, made!.claimed ?? [])
    return yield* jobsOf(rows, made!)
  })

  /** The connection comes first: the worker starts nothing else in the lane while somebody has its seat. */
  const insertSeated = (rows: ReadonlyArray<NewRow>, plain: PlainRows, handOver: typeof HandOver.Service, lane: Lane) =>
    Effect.flatMap(sql.reserve, (connection) =>
      Effect.acquireUseRelease(
        handOver.take(lane, rows.length),
        (seat) => (seat === undefined ? insertPlain(rows, plain) : insertAndClaim(rows, plain, handOver, seat)),
        // Without an answer nobody knows whether something was claimed; if so, it is rescued when its lease ends.
        (seat) => (seat === undefined ? Effect.void : handOver.give(seat, []))
      ).pipe(Effect.provideService(sql.transactionService, [connection, 0]))
    ).pipe(Effect.scoped, preparedAnew(sql))

  /** Rows whose dedupe key is taken are left out. */
  const insertOthers = Effect.fnUntraced(function* (rows: ReadonlyArray<NewRow>) {
    const who = yield* callers.direct
    const isCalled = Option.isSome(yield* CurrentCaller)
    const sent = sql`${JSON.stringify(rows)}::text::json, ${EXPIRY_SECONDS} * interval '1 second'`
    const created = yield* sql<CreatedRow & { readonly reasons: unknown }>`
      SELECT * FROM ${
        Option.isSome(who)
          ? sql`create_jobs_as(${who.value}, ${sent})`
          : sql`${sql.literal(isCalled ? "create_jobs_for_callers" : "create_jobs")}(${sent})`
      }`
    const written = new Map(rows.map((row) => [row.id, row]))
    return yield* Effect.forEach(created, (row) => {
      // A job whose dependency has failed already fails while it is written.
      if (row.status !== "pending") {
        return Effect.map(reader.select(sql`WHERE id = ${row.id}::uuid`), (jobs) => jobs[0]!)
      }
      return Effect.map(decodeReasons(row.reasons), (waitingFor) => newJob(written.get(row.id)!, row, waitingFor))
    })
  })

  const insert = (rows: ReadonlyArray<NewRow>) =>
    rows.every(isPlain) ? insertPlain(rows, plainRowsOf(rows)) : insertOthers(rows)

  /** Plain rows, outside of transactions: a job must not run before it is stored for good. */
  const insertForWorker = Effect.fnUntraced(function* (rows: ReadonlyArray<NewRow>) {
    const plain = plainRowsOf(rows)
    if (Option.isNone(handOver) || plain.kind === undefined || !handOver.value.isOpen(plain.kind.lane)) {
      return yield* insertPlain(rows, plain)
    }
    return yield* insertSeated(rows, plain, handOver.value, plain.kind.lane)
  })

  return { insert, insertForWorker }
})
