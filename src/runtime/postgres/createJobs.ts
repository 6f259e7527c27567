/** Creating jobs: one by one (calls that come together share a statement), in batches, and once per Idempotency-Key. */
import { Cause, Context, DateTime, Effect, Exit, Option, Schema } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { type Caller, CurrentCaller } from "../../domain/Caller.ts"
import type { Job } from "../../domain/Job.ts"
import { isReadable, type JobId, type JobRef, parseJobRef } from "../../domain/JobId.ts"
import {
  BatchRefused,
  type CreatedJob,
  CreateJob,
  type CreateOptions,
  IdempotencyMismatch,
  type Jobs,
  UnknownDependency
} from "../../domain/Jobs.ts"
import { JobTypes } from "../../domain/JobType.ts"
import { currentTraceParent } from "../../domain/TraceParent.ts"
import { makeCoalescer } from "../Coalescer.ts"
import { giveUpAfter } from "../giveUpAfter.ts"
import { SecretBox } from "../SecretBox.ts"
import { currentOrganisation, makeCallers } from "./asCaller.ts"
import { type AuditRow, CurrentNoteOfCreation, entryOfCreation } from "./auditRows.ts"
import { LONGEST_CALL, unavailable } from "./callFailures.ts"
import { makeInsertJobs } from "./insertJobs.ts"
import { makeJobReader } from "./JobReader.ts"
import { lastingKeys, type MadeJobs } from "./lastingKeys.ts"
import { makeRowOf, type NewRow } from "./newRows.ts"
import { type KeyKind, lockNameOf, makeOnce, type Once, untilDone } from "./onceByKey.ts"
import { isPlain } from "./plainRows.ts"
import { isRefusal } from "./queueFailures.ts"
import { makeRefusingNew } from "./refusingNew.ts"
import { FOREIGN_KEY_VIOLATION, SERIALIZATION_FAILURE, sqlStateOf } from "./sqlState.ts"

const encodeRequest = Schema.encodeSync(CreateJob)

/** More than this at once would make the first ones wait for the last. */
const MOST_TOGETHER = 100

/** Statements under way at once: one is prepared here, or read, while the other is written there. */
const PARALLEL = 2

/** Callers whose rows of one round are written at once. With `PARALLEL` these are four of the pool's nine connections. */
const CALLERS_TOGETHER = 2

/** The job that a key made, which may be gone by now. */
type Replaying = Effect.Effect<CreatedJob, SqlError.SqlError | Schema.SchemaError | "ended meanwhile">

/** Refusals that callers are told; everything else that fails is the database. */
type Refused = IdempotencyMismatch | UnknownDependency | BatchRefused

/** Who a row is of, and so who may share a statement with whom: nobody writes under another one's claims. */
interface Wanted {
  readonly row: NewRow
  readonly caller: Option.Option<Caller>
  /** Of the audit trail. */
  readonly entry: AuditRow | undefined
}

const entriesOf = (wanted: ReadonlyArray<Wanted>) => wanted.flatMap(({ entry }) => entry ?? [])

/** The entry of a new job, which was prepared before it, is kept with it. */
const noted = Effect.map(CurrentNoteOfCreation, (wanted) => {
  if (wanted !== undefined) wanted.isWritten = true
})

const keyOf = ({ caller }: Wanted): string =>
  Option.match(caller, {
    onNone: () => "",
    onSome: ({ name, organisationId, role, subject, via }) => JSON.stringify([organisationId, role, subject, name, via])
  })

/** In whose name a job is made: a caller makes it in their own, Callboard itself says in whose. */
export const makerOf = ({ createdBy, organisationId }: CreateOptions) =>
  Effect.gen(function* () {
    const caller = yield* CurrentCaller
    const own = yield* currentOrganisation
    const traceParent = yield* currentTraceParent
    return Option.isSome(caller)
      ? { createdBy: caller.value.subject, organisationId: own, traceParent }
      : { createdBy, organisationId: organisationId ?? own, traceParent }
  })

const isAnswer = <E>(error: E): error is Extract<E, Refused> =>
  error instanceof IdempotencyMismatch || error instanceof UnknownDependency || error instanceof BatchRefused

const keysOfJobs: KeyKind<MadeJobs> = {
  find: "find_key",
  keep: "keep_key",
  sent: (sql, { batchId, jobId }) => sql`${jobId}::uuid, ${batchId}::text::uuid`
}

export const makeCreate = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const types = yield* JobTypes
  const box = yield* SecretBox
  const { insert, insertForWorker } = yield* makeInsertJobs
  const reader = yield* makeJobReader
  const rowOf = yield* makeRowOf
  const callers = yield* makeCallers
  const refusing = yield* makeRefusingNew
  const forADay = yield* makeOnce(keysOfJobs)
  const forGood = yield* makeOnce(lastingKeys)
  const once = ({ keptWith }: CreateOptions) => (keptWith === undefined ? forADay : forGood)

  const made = (jobs: ReadonlyArray<Job>, row: NewRow): Exit.Exit<Job> => {
    const job = jobs.find(({ id }) => id === row.id)
    return job === undefined ? Exit.die(new Error("a job that was just made cannot be read")) : Exit.succeed(job)
  }

  type InsertExit = Exit.Exit<Job, SqlError.SqlError | Cause.TimeoutError>

  const insertWithEntries = (wanted: ReadonlyArray<Wanted>) =>
    insertForWorker({ rows: wanted.map(({ row }) => row), entries: entriesOf(wanted) }).pipe(
      Effect.map((answer) => (answer.outcome === "made" ? answer.jobs : [])),
      giveUpAfter(LONGEST_CALL)
    )

  /** One bad row must not take the others with it: when they are refused together, each is tried alone. */
  const insertOfOne = Effect.fnUntraced(function* (
    wanted: ReadonlyArray<Wanted>
  ): Effect.fn.Return<ReadonlyArray<InsertExit>> {
    const together = yield* Effect.exit(insertWithEntries(wanted))
    if (Exit.isSuccess(together)) return wanted.map(({ row }) => made(together.value, row))
    const { cause } = together
    if (wanted.length === 1 || !isRefusal(Cause.squash(cause))) return wanted.map(() => Exit.failCause(cause))
    return yield* Effect.forEach(wanted, (each) =>
      Effect.map(Effect.exit(insertWithEntries([each])), (alone) =>
        Exit.isSuccess(alone) ? made(alone.value, each.row) : Exit.failCause(alone.cause)
      )
    )
  })

  const insertTogether = yield* makeCoalescer<Wanted, Job, SqlError.SqlError | Cause.TimeoutError>({
    most: MOST_TOGETHER,
    parallel: PARALLEL,
    patience: { limit: LONGEST_CALL, error: () => new Cause.TimeoutError() },
    run: Effect.fnUntraced(function* (wanted): Effect.fn.Return<ReadonlyArray<InsertExit>> {
      const ends = new Map<Wanted, InsertExit>()
      yield* Effect.forEach(
        Map.groupBy(wanted, keyOf).values(),
        (ofOne) =>
          insertOfOne(ofOne).pipe(
            Effect.provideService(CurrentCaller, ofOne[0]!.caller),
            Effect.map((exits) => {
              for (const [index, each] of ofOne.entries()) ends.set(each, exits[index]!)
              return ends
            })
          ),
        { concurrency: CALLERS_TOGETHER, discard: true }
      )
      return wanted.map((each) => ends.get(each)!)
    })
  })

  /** The id that each reference stands for. */
  const dependenciesOf = Effect.fnUntraced(function* (refs: ReadonlyArray<string>) {
    if (refs.length === 0) return new Map<string, JobId>()
    const parsed = refs.map((ref) => Option.getOrUndefined(parseJobRef(ref)))
    const asked = parsed.filter((ref): ref is JobRef => ref !== undefined)
    const found = yield* callers
      .run(
        sql<{ id: JobId; jobId: string }>`
      SELECT id, job_id FROM script_jobs
      WHERE id = ANY (${asked.filter((ref) => !isReadable(ref))}::text[]::uuid[])
        OR job_id = ANY (${asked.filter(isReadable)}::text[])`
      )
      .pipe(Effect.mapError(unavailable("create")))
    const known = new Map(found.flatMap(({ id, jobId }) => [[id as string, id] as const, [jobId, id] as const]))
    const unknown = refs.filter((_, index) => !known.has(parsed[index] ?? ""))
    if (unknown.length > 0) return yield* new UnknownDependency({ refs: unknown })
    return new Map(refs.map((ref, index) => [ref, known.get(parsed[index] ?? "")!]))
  })

  const liveWithKey = (organisation: string, key: string) =>
    reader.select(sql`WHERE organisation_id = ${organisation} AND dedupe_key = ${key} AND dedupe_open`)

  /** The live job with the same dedupe key, when there is one; it may end in the moment between looking and writing. */
  const insertOrFind = (row: NewRow, request: CreateJob) =>
    Effect.gen(function* () {
      const made = yield* insert([row])
      if (made[0] !== undefined) return { job: made[0], replayed: false, deduplicated: false }
      const live = yield* liveWithKey(row.organisation_id, request.dedupeKey ?? "")
      return live[0] === undefined
        ? yield* Effect.fail("ended meanwhile" as const)
        : { job: live[0], replayed: false, deduplicated: true }
    }).pipe(Effect.retry({ while: (error) => error === "ended meanwhile", times: 3 }))

  /** A plain job with its key, and with all else that is written of it, in one statement. */
  const insertOnce = Effect.fnUntraced(function* (
    wanted: Wanted,
    asked: Once,
    replay: (known: { readonly jobId: JobId }) => Replaying
  ) {
    const { hash, key, organisation, whileInFlight = "wait" } = asked
    const answer = yield* insertForWorker({
      rows: [wanted.row],
      entries: entriesOf([wanted]),
      keyed: { organisation, key, hash: hash.toString("hex"), lock: lockNameOf(asked), waits: whileInFlight === "wait" }
    }).pipe(
      Effect.catchIf(
        (error) => sqlStateOf(error) === SERIALIZATION_FAILURE,
        () => Effect.fail("lost the race" as const)
      )
    )
    if (answer.outcome === "made") {
      yield* noted
      return { job: yield* made(answer.jobs, wanted.row), replayed: false, deduplicated: false }
    }
    if (answer.outcome === "known") return yield* callers.run(replay({ jobId: answer.known }))
    return yield* new IdempotencyMismatch({ key, ...(answer.outcome === "in flight" && { inFlight: true }) })
  }, untilDone("create"))

  const make = Effect.fnUntraced(function* (request: CreateJob, options: CreateOptions = {}) {
    const type = yield* types.named(request.jobType)
    const input = yield* type.parseInput(request.input)
    const dependsOn =
      request.dependsOn === undefined ? [] : [...new Set((yield* dependenciesOf(request.dependsOn)).values())]
    const maker = yield* makerOf(options)
    const row = rowOf(request, type, input, yield* DateTime.now, { ...maker, dependsOn, lane: options.lane })
    const wanted = { row, caller: yield* CurrentCaller, entry: yield* entryOfCreation(row.id, row.job_id) }
    const key = options.idempotencyKey
    if (key !== undefined) {
      const replay = ({ jobId }: { readonly jobId: JobId }) =>
        Effect.flatMap(
          reader.select(sql`WHERE id = ${jobId}::uuid`),
          ([job]): Effect.Effect<CreatedJob, "ended meanwhile"> =>
            job === undefined
              ? Effect.fail("ended meanwhile")
              : Effect.succeed({ job, replayed: true, deduplicated: false })
        )
      const inserted = Effect.map(insertOrFind(row, request), (answer) => ({
        answer,
        made: { jobId: answer.job.id, batchId: null, keptWith: options.keptWith }
      }))
      const hash = box.fingerprint(JSON.stringify(options.asked ?? encodeRequest(request)))
      const asked = { ...options, key, hash, organisation: maker.organisationId }
      const isAlone = Option.isNone(Context.getOption(yield* Effect.context<never>(), sql.transactionService))
      if (isAlone && isPlain(row) && options.keptWith === undefined) return yield* insertOnce(wanted, asked, replay)
      return yield* once(options)<CreatedJob>("create", asked, replay, inserted)
    }
    if (!isPlain(row)) {
      return yield* callers.run(insertOrFind(row, request)).pipe(
        Effect.catchIf(
          (error) => sqlStateOf(error) === FOREIGN_KEY_VIOLATION,
          () => Effect.fail(new UnknownDependency({ refs: request.dependsOn ?? [] }))
        ),
        giveUpAfter(LONGEST_CALL),
        Effect.mapError((error) => (isAnswer(error) ? error : unavailable("create")(error)))
      )
    }
    const job = yield* Effect.mapError(insertTogether(wanted), unavailable("create"))
    yield* noted
    return { job, replayed: false, deduplicated: false }
  })

  /** Each call that is refused by the database's own check says so, and each statement runs as the caller. */
  const create: typeof Jobs.Service.create = (request, options) => refusing("create")(make(request, options))

  return { create, once, dependenciesOf, refusing, rowOf }
})
