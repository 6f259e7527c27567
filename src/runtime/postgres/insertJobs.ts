/** Writes the rows of new jobs and gives the jobs: one statement, in the name of whoever asks. */
import { DateTime, Effect, Option } from "effect"
import { SqlClient, type Statement } from "effect/sql"
import { CurrentCaller } from "../../domain/Caller.ts"
import type { Job } from "../../domain/Job.ts"
import type { JobId } from "../../domain/JobId.ts"
import { JobTypes } from "../../domain/JobType.ts"
import type { Lane } from "../../domain/Lane.ts"
import type { WaitingReason } from "../../domain/Waiting.ts"
import { HandOver } from "../HandOver.ts"
import { makeCallers } from "./asCaller.ts"
import type { AuditRow } from "./auditRows.ts"
import type { ClaimRow } from "./claimJobs.ts"
import { makeJobReader } from "./JobReader.ts"
import { jobOf } from "./JobRow.ts"
import { type CreatedRow, createdAs, EXPIRY_SECONDS, jobRowOf, type NewRow, type Renamed } from "./newRows.ts"
import { isPlain, type PlainRows, plainRowsOf } from "./plainRows.ts"
import { decodeReasons } from "./readJobRow.ts"
import { triedAnew } from "./triedAnew.ts"

/** What `create_plain_jobs` gives. */
interface PlainJobs {
  readonly madeAt: Date
  readonly renamed: Renamed
  /** One list for all jobs, or one for each id. */
  readonly reasons: ReadonlyArray<unknown> | Readonly<Record<string, unknown>> | null
}

/** What `create_jobs_at_once` gives. */
type AtOnce = PlainJobs & { readonly claimed: ReadonlyArray<ClaimRow> | null } & (
    | { readonly outcome: "made" }
    | { readonly outcome: "known" | "other" | "in flight"; readonly known: JobId }
  )

/** What `create_jobs_at_once` takes of a key. */
export interface SentKey {
  readonly organisation: string
  readonly key: string
  /** In hexadecimal digits. */
  readonly hash: string
  readonly lock: string
  readonly waits: boolean
}

/** Jobs with all that is written with them. */
export interface Creation {
  readonly rows: ReadonlyArray<NewRow>
  readonly keyed?: SentKey | undefined
  readonly entries: ReadonlyArray<AuditRow>
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

  const claimsNothing = sql`0, NULL::text[], NULL::text, NULL::text, NULL::uuid, NULL::interval`

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

  const insertPlain = Effect.fnUntraced(function* (plain: PlainRows) {
    const who = yield* callers.direct
    const isCalled = Option.isSome(yield* CurrentCaller)
    const sent = sentWithKind(plain)
    const [made] = yield* sql<PlainJobs>`
      SELECT * FROM ${
        Option.isSome(who)
          ? sql`create_plain_jobs_as(${who.value}, ${sent})`
          : sql`create_plain_jobs(${sent}, ${isCalled})`
      }`
    return { ...made!, outcome: "made", claimed: null } satisfies AtOnce
  })

  /** With a claim, what was claimed is the worker's own, and may be other jobs. */
  const insertAtOnce = Effect.fnUntraced(function* (
    { entries, keyed }: Creation,
    plain: PlainRows,
    claiming?: Statement.Fragment
  ) {
    // To be asked whether it does more costs a tenth of a create.
    if (keyed === undefined && entries.length === 0 && claiming === undefined) return yield* insertPlain(plain)
    const who = Option.getOrElse(yield* callers.direct, () => sql`NULL::text, NULL::text`)
    const key = keyed === undefined ? null : JSON.stringify(keyed)
    const trail = entries.length === 0 ? null : JSON.stringify(entries)
    const [made] = yield* sql<AtOnce>`
      SELECT * FROM create_jobs_at_once(
        ${who}, ${sentWithKind(plain)}, ${key}::text::json, ${trail}::text::json, ${claiming ?? claimsNothing}
      )`
    return made!
  })

  /** The connection comes first: the worker starts nothing else in the lane while somebody has its seat. */
  const insertSeated = (creation: Creation, plain: PlainRows, handOver: typeof HandOver.Service, lane: Lane) =>
    Effect.flatMap(sql.reserve, (connection) =>
      Effect.acquireUseRelease(
        handOver.take(lane, creation.rows.length),
        (seat) =>
          seat === undefined
            ? insertAtOnce(creation, plain)
            : Effect.tap(insertAtOnce(creation, plain, seat.terms.sent), ({ claimed, outcome }) =>
                outcome === "made" ? handOver.give(seat, claimed ?? []) : handOver.giveBack(seat)
              ),
        // Without an answer nobody knows whether something was claimed; if so, it is rescued when its lease ends.
        (seat) => (seat === undefined ? Effect.void : handOver.give(seat, []))
      ).pipe(Effect.provideService(sql.transactionService, [connection, 0]))
    ).pipe(Effect.scoped, triedAnew(sql))

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
    rows.every(isPlain)
      ? Effect.flatMap(insertPlain(plainRowsOf(rows)), (made) => jobsOf(rows, made))
      : insertOthers(rows)

  /** Plain rows, outside of transactions: a job must not run before it is stored for good. */
  const insertForWorker = Effect.fnUntraced(function* (creation: Creation) {
    const plain = plainRowsOf(creation.rows)
    const lane = plain.kind?.lane
    const isWaitedFor = lane !== undefined && Option.isSome(handOver) && handOver.value.isOpen(lane)
    let made = isWaitedFor
      ? yield* insertSeated(creation, plain, handOver.value, lane)
      : yield* insertAtOnce(creation, plain)
    // Nobody waits for another request in a seat, because the worker stands still meanwhile.
    if (isWaitedFor && made.outcome === "in flight" && creation.keyed?.waits === true) {
      made = yield* insertAtOnce(creation, plain)
    }
    if (made.outcome !== "made") return { outcome: made.outcome, known: made.known }
    return { outcome: made.outcome, jobs: yield* jobsOf(creation.rows, made) }
  })

  return { insert, insertForWorker }
})
