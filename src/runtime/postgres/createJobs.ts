/** Creating jobs: one by one (calls that come together share a statement), in batches, and once per Idempotency-Key. */
import { Cause, DateTime, Effect, Exit, Option, Predicate, Schema } from "effect"
import { SqlClient, SqlError } from "effect/sql"
import type { Job } from "../../domain/Job.ts"
import { isReadable, type JobId, type JobRef, parseJobRef } from "../../domain/JobId.ts"
import {
  BatchRefused,
  type CreatedJob,
  CreateJob,
  type CreateOptions,
  IdempotencyMismatch,
  type JobsUnavailable,
  UnknownDependency
} from "../../domain/Jobs.ts"
import { JobTypes } from "../../domain/JobType.ts"
import { makeCoalescer } from "../Coalescer.ts"
import { giveUpAfter } from "../giveUpAfter.ts"
import { SecretBox } from "../SecretBox.ts"
import { answered, LONGEST_CALL, unavailable } from "./callFailures.ts"
import { inTransaction } from "./inTransaction.ts"
import { decodeReasons, makeJobReader } from "./JobReader.ts"
import { jobOf } from "./JobRow.ts"
import { type CreatedRow, EXPIRY_SECONDS, jobRowOf, makeRowOf, type NewRow } from "./newRows.ts"
import { isRefusal } from "./queueFailures.ts"

const encodeRequest = Schema.encodeSync(CreateJob)

/** More than this at once would make the first ones wait for the last. */
const MOST_TOGETHER = 100

/** SQLSTATE: a job that was named as a dependency went away just now. */
export const FOREIGN_KEY_VIOLATION = "23503"

export const hasSqlState = (error: unknown, state: string): boolean =>
  SqlError.isSqlError(error) && Predicate.hasProperty(error.reason.cause, "code") && error.reason.cause.code === state

/** Refusals that callers are told; everything else that fails is the database. */
type Refused = IdempotencyMismatch | UnknownDependency | BatchRefused
type SqlFailure = SqlError.SqlError | "ended meanwhile" | "lost the race"

const isAnswer = <E>(error: E): error is Extract<E, Refused> =>
  error instanceof IdempotencyMismatch || error instanceof UnknownDependency || error instanceof BatchRefused

export const makeCreate = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const types = yield* JobTypes
  const box = yield* SecretBox
  const reader = yield* makeJobReader
  const rowOf = yield* makeRowOf

  /** Rows whose dedupe key is taken are left out. */
  const insertAndRead = Effect.fnUntraced(function* (rows: ReadonlyArray<NewRow>) {
    const created = yield* sql<CreatedRow>`
      SELECT * FROM create_jobs(${JSON.stringify(rows)}::text::json, ${EXPIRY_SECONDS} * interval '1 second')`
    const now = yield* DateTime.now
    const sent = new Map(rows.map((row) => [row.id, row]))
    return yield* Effect.forEach(created, (row) => {
      // A job whose dependency has failed already fails while it is written.
      if (row.status !== "pending") {
        return Effect.map(reader.select(sql`WHERE id = ${row.id}::uuid`), (jobs) => jobs[0]!)
      }
      return Effect.map(decodeReasons(row.reasons), (waitingFor) =>
        jobOf(jobRowOf(sent.get(row.id)!, row), { types, waitingFor, prompt: undefined, etaMs: undefined, now })
      )
    })
  })

  const made = (jobs: ReadonlyArray<Job>, row: NewRow): Exit.Exit<Job> => {
    const job = jobs.find(({ id }) => id === row.id)
    return job === undefined ? Exit.die(new Error("a job that was just made cannot be read")) : Exit.succeed(job)
  }

  /** One bad row must not take the others with it: when they are refused together, each is tried alone. */
  const insertTogether = yield* makeCoalescer<NewRow, Job, SqlError.SqlError | Cause.TimeoutError>({
    most: MOST_TOGETHER,
    parallel: 1,
    run: Effect.fnUntraced(function* (rows): Effect.fn.Return<
      ReadonlyArray<Exit.Exit<Job, SqlError.SqlError | Cause.TimeoutError>>
    > {
      const together = yield* Effect.exit(giveUpAfter(LONGEST_CALL)(insertAndRead(rows)))
      if (Exit.isSuccess(together)) return rows.map((row) => made(together.value, row))
      const { cause } = together
      if (rows.length === 1 || !isRefusal(Cause.squash(cause))) return rows.map(() => Exit.failCause(cause))
      return yield* Effect.forEach(rows, (row) =>
        Effect.map(Effect.exit(insertAndRead([row])), (alone) =>
          Exit.isSuccess(alone) ? made(alone.value, row) : Exit.failCause(alone.cause)
        )
      )
    })
  })

  /** The id that each reference stands for. */
  const dependenciesOf = Effect.fnUntraced(function* (refs: ReadonlyArray<string>) {
    if (refs.length === 0) return new Map<string, JobId>()
    const parsed = refs.map((ref) => Option.getOrUndefined(parseJobRef(ref)))
    const asked = parsed.filter((ref): ref is JobRef => ref !== undefined)
    const found = yield* sql<{ id: JobId; jobId: string }>`
      SELECT id, job_id FROM script_jobs
      WHERE id = ANY (${asked.filter((ref) => !isReadable(ref))}::text[]::uuid[])
        OR job_id = ANY (${asked.filter(isReadable)}::text[])`.pipe(Effect.mapError(unavailable("create")))
    const known = new Map(found.flatMap(({ id, jobId }) => [[id as string, id] as const, [jobId, id] as const]))
    const unknown = refs.filter((_, index) => !known.has(parsed[index] ?? ""))
    if (unknown.length > 0) return yield* new UnknownDependency({ refs: unknown })
    return new Map(refs.map((ref, index) => [ref, known.get(parsed[index] ?? "")!]))
  })

  const liveWithKey = (key: string) =>
    reader.select(sql`WHERE organisation_id = 'default' AND dedupe_key = ${key} AND dedupe_open`)

  /** The live job with the same dedupe key, when there is one; it may end in the moment between looking and writing. */
  const insertAlone = (row: NewRow, request: CreateJob) =>
    Effect.gen(function* () {
      const made = yield* insertAndRead([row])
      if (made[0] !== undefined) return { job: made[0], replayed: false, deduplicated: false }
      const live = yield* liveWithKey(request.dedupeKey ?? "")
      return live[0] === undefined
        ? yield* Effect.fail("ended meanwhile" as const)
        : { job: live[0], replayed: false, deduplicated: true }
    }).pipe(Effect.retry({ while: (error) => error === "ended meanwhile", times: 3 }))

  /** What a key made before; fails when it was made by another request. */
  const replayOf = (key: string, hash: Buffer) =>
    Effect.gen(function* () {
      const known = yield* sql<{ jobId: JobId; batchId: string | null; requestHash: Uint8Array }>`
        SELECT job_id, batch_id, request_hash FROM idempotency_keys
        WHERE organisation_id = 'default' AND key = ${key}`
      if (known[0] === undefined) return undefined
      if (!hash.equals(known[0].requestHash)) return yield* new IdempotencyMismatch({ key })
      return known[0]
    })

  /** Remembers in the caller's transaction what a key made. A request with the same key waits here for the other's end. */
  const remember = (key: string, hash: Buffer, id: JobId, batchId: string | null) =>
    sql`
      INSERT INTO idempotency_keys (organisation_id, key, request_hash, job_id, batch_id)
      VALUES ('default', ${key}, ${hash}, ${id}::uuid, ${batchId}::text::uuid)
      ON CONFLICT DO NOTHING RETURNING key`.pipe(
      Effect.flatMap((mine) => (mine.length === 1 ? Effect.void : Effect.fail("lost the race" as const)))
    )

  const once = <A, E extends Refused = never>(
    key: string,
    hash: Buffer,
    replay: (made: { readonly jobId: JobId; readonly batchId: string | null }) => Effect.Effect<A, SqlError.SqlError>,
    make: Effect.Effect<{ readonly made: A; readonly id: JobId; readonly batchId: string | null }, E | SqlFailure>
  ): Effect.Effect<A, IdempotencyMismatch | E | JobsUnavailable> =>
    inTransaction(
      sql,
      Effect.gen(function* () {
        const earlier = yield* replayOf(key, hash)
        if (earlier !== undefined) return yield* replay(earlier)
        const { batchId, id, made } = yield* make
        yield* remember(key, hash, id, batchId)
        return made
      })
    ).pipe(
      Effect.retry({ while: (error) => error === "lost the race", times: 3 }),
      giveUpAfter(LONGEST_CALL),
      Effect.mapError((error) => (isAnswer(error) ? error : unavailable("create")(error)))
    )

  const create = Effect.fnUntraced(function* (request: CreateJob, options: CreateOptions = {}) {
    const type = yield* types.named(request.jobType)
    const input = yield* type.parseInput(request.input)
    const dependsOn = [...new Set((yield* dependenciesOf(request.dependsOn ?? [])).values())]
    const row = rowOf(request, type, input, yield* DateTime.now, { createdBy: options.createdBy, dependsOn })
    const key = options.idempotencyKey
    if (key !== undefined) {
      const replay = ({ jobId }: { readonly jobId: JobId }) =>
        Effect.map(
          reader.select(sql`WHERE id = ${jobId}::uuid`),
          (jobs): CreatedJob => ({ job: jobs[0]!, replayed: true, deduplicated: false })
        )
      const make = Effect.map(insertAlone(row, request), (made) => ({ made, id: made.job.id, batchId: null }))
      return yield* once<CreatedJob>(key, box.fingerprint(JSON.stringify(encodeRequest(request))), replay, make)
    }
    if (request.dedupeKey !== undefined || dependsOn.length > 0) {
      return yield* insertAlone(row, request).pipe(
        Effect.catchIf(
          (error) => hasSqlState(error, FOREIGN_KEY_VIOLATION),
          () => Effect.fail(new UnknownDependency({ refs: request.dependsOn ?? [] }))
        ),
        giveUpAfter(LONGEST_CALL),
        Effect.mapError((error) => (isAnswer(error) ? error : unavailable("create")(error)))
      )
    }
    const job = yield* insertTogether(row).pipe(answered("create"))
    return { job, replayed: false, deduplicated: false }
  })

  return { create, once, dependenciesOf, rowOf }
})
