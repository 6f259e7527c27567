/** Creating many jobs at once, all or none. Jobs of a batch may depend on each other by their `clientRef`. */
import { DateTime, Effect, Exit, Result } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { JobId, type ReadableJobId } from "../../domain/JobId.ts"
import {
  BatchRefused,
  type CreatedBatch,
  type CreateJob,
  type CreateOptions,
  MOST_IN_BATCH
} from "../../domain/Jobs.ts"
import { type InputIssue, type JobType, JobTypes, type UnknownJobType } from "../../domain/JobType.ts"
import { giveUpAfter } from "../giveUpAfter.ts"
import { newId } from "../newId.ts"
import { SecretBox } from "../SecretBox.ts"
import { makeCallers } from "./asCaller.ts"
import { LONGEST_CALL, unavailable } from "./callFailures.ts"
import { type makeCreate, makerOf } from "./createJobs.ts"
import { findCycle } from "./findCycle.ts"
import { sentPlain } from "./insertJobs.ts"
import { EXPIRY_SECONDS, type NewRow, type Renamed } from "./newRows.ts"
import { isPlain, plainRowsOf } from "./plainRows.ts"
import { FOREIGN_KEY_VIOLATION, sqlStateOf } from "./sqlState.ts"

const below = (index: number, path: string) => `jobs[${index}]${path === "" ? "" : `.${path}`}`

const inInput = (index: number, { message, path }: InputIssue): InputIssue => ({
  path: below(index, path.startsWith("[") ? `input${path}` : path === "" ? "input" : `input.${path}`),
  message
})

const sizeIssues = (count: number): ReadonlyArray<InputIssue> =>
  count >= 1 && count <= MOST_IN_BATCH ? [] : [{ path: "jobs", message: `Expected 1 to ${MOST_IN_BATCH} jobs` }]

/** For each job the positions of those that it needs and that are in the batch; nothing where no job needs any. */
const neededInside = (requests: ReadonlyArray<CreateJob>, positions: ReadonlyMap<string, number>) =>
  requests.some(({ dependsOn }) => dependsOn?.some((ref) => positions.has(ref)))
    ? requests.map(({ dependsOn = [] }) =>
        dependsOn.flatMap((ref) => (positions.has(ref) ? [positions.get(ref)!] : []))
      )
    : []

/** Position of each job that others of the batch can name. */
const positionsOf = (requests: ReadonlyArray<CreateJob>) => {
  const positions = new Map<string, number>()
  const issues: Array<InputIssue> = []
  for (const [index, { clientRef }] of requests.entries()) {
    if (clientRef === undefined) continue
    if (positions.has(clientRef)) {
      issues.push({
        path: below(index, "clientRef"),
        message: `Expected another clientRef than jobs[${positions.get(clientRef)}]`
      })
    }
    positions.set(clientRef, index)
  }
  return { positions, issues }
}

export const makeCreateBatch = ({ dependenciesOf, once, refusing, rowOf }: Effect.Success<typeof makeCreate>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const types = yield* JobTypes
    const box = yield* SecretBox
    const callers = yield* makeCallers

    const refuse = (issues: ReadonlyArray<InputIssue>) =>
      issues.length === 0 ? Effect.void : Effect.fail(new BatchRefused({ issues }))

    /** Type and stored input of each request, or everything that is wrong with any of them. */
    const checked = Effect.fnUntraced(function* (requests: ReadonlyArray<CreateJob>) {
      const issues: Array<InputIssue> = []
      const parsed: Array<{ readonly request: CreateJob; readonly type: JobType; readonly input: unknown }> = []
      const named = new Map<string, Result.Result<JobType, UnknownJobType>>()
      for (const [index, request] of requests.entries()) {
        const type = named.get(request.jobType) ?? (yield* Effect.result(types.named(request.jobType)))
        named.set(request.jobType, type)
        if (Result.isFailure(type)) {
          issues.push({ path: below(index, "jobType"), message: `Expected one of: ${type.failure.known.join(", ")}` })
          continue
        }
        const parsing = type.success.parseInput(request.input)
        // Most inputs are parsed by now, and a step of this generator would cost more than the parsing.
        const input =
          Exit.isExit(parsing) && Exit.isSuccess(parsing)
            ? Result.succeed(parsing.value)
            : yield* Effect.result(parsing)
        if (Result.isSuccess(input)) parsed.push({ request, type: type.success, input: input.success })
        else issues.push(...input.failure.issues.map((issue) => inInput(index, issue)))
      }
      yield* refuse(issues)
      return parsed
    })

    const prepare = Effect.fnUntraced(function* (requests: ReadonlyArray<CreateJob>, options: CreateOptions) {
      yield* refuse(sizeIssues(requests.length))
      const { issues, positions } = positionsOf(requests)
      // A clientRef matters only when a job of the batch is named by it.
      const inside = neededInside(requests, positions)
      if (inside.length > 0) yield* refuse(issues)
      const cycle = findCycle(inside)
      if (cycle !== undefined) {
        const way = cycle.map((index) => requests[index]!.clientRef).join(" → ")
        yield* refuse([{ path: below(cycle[0]!, "dependsOn"), message: `The job would wait for itself: ${way}` }])
      }
      const parsed = yield* checked(requests)
      const outside = requests.flatMap(({ dependsOn = [] }) => dependsOn.filter((ref) => !positions.has(ref)))
      const known = yield* dependenciesOf([...new Set(outside)]).pipe(
        Effect.catchTag("UnknownDependency", ({ refs }) =>
          Effect.fail(
            new BatchRefused({
              issues: requests.flatMap(({ dependsOn = [] }, index) =>
                dependsOn.flatMap((ref, place) =>
                  refs.includes(ref)
                    ? [{ path: below(index, `dependsOn[${place}]`), message: `There is no job ${ref}` }]
                    : []
                )
              )
            })
          )
        )
      )
      const now = yield* DateTime.now
      const batchId = options.batchId ?? newId()
      const ofAll = { ...(yield* makerOf(options)), batchId }
      const rows = parsed.map(({ input, request, type }) => rowOf(request, type, input, now, ofAll))
      const whole = rows.map((row, index): NewRow => {
        const { dependsOn = [] } = requests[index]!
        if (dependsOn.length === 0) return row
        const needed = dependsOn.map((ref) => (positions.has(ref) ? rows[positions.get(ref)!]!.id : known.get(ref)!))
        return { ...row, depends_on: [...new Set(needed)] }
      })
      return { batchId, rows: whole }
    })

    const keyTaken = (index: number): InputIssue => ({
      path: below(index, "dedupeKey"),
      message: "A job with this key has not ended"
    })

    /** What kept the database from taking the dependencies of a batch. */
    const missing = Effect.fnUntraced(function* (rows: ReadonlyArray<NewRow>) {
      const own = new Set<string>(rows.map(({ id }) => id))
      const needed = rows.flatMap((row) => (row.depends_on ?? []).filter((id) => !own.has(id)))
      const keys = rows.flatMap((row) => row.dedupe_key ?? [])
      const there = yield* callers.run(
        sql<{ id: string; dedupeKey: string | null; dedupeOpen: boolean }>`
        SELECT id, dedupe_key, dedupe_open FROM script_jobs
        WHERE id = ANY (${needed}::text[]::uuid[]) OR (
          organisation_id = ${rows[0]!.organisation_id} AND dedupe_key = ANY (${keys}::text[]) AND dedupe_open
        )`
      )
      const taken = new Set(there.flatMap((row) => (row.dedupeOpen && row.dedupeKey !== null ? [row.dedupeKey] : [])))
      const known = new Set(there.map(({ id }) => id))
      return rows.flatMap((row, index) => [
        ...(row.dedupe_key !== undefined &&
        (taken.has(row.dedupe_key) || keys.indexOf(row.dedupe_key) < keys.lastIndexOf(row.dedupe_key))
          ? [keyTaken(index)]
          : []),
        ...(row.depends_on ?? []).flatMap((id) =>
          own.has(id) || known.has(id) ? [] : [{ path: below(index, "dependsOn"), message: `There is no job ${id}` }]
        )
      ])
    })

    const insert = (rows: ReadonlyArray<NewRow>) =>
      sql<{ written: ReadonlyArray<JobId>; renamed: Renamed }>`
        SELECT written, renamed FROM insert_jobs(
          ${JSON.stringify(rows)}::text::json, ${EXPIRY_SECONDS} * interval '1 second'
        )`.pipe(Effect.map((answers) => answers[0]!))

    const insertPlain = (rows: ReadonlyArray<NewRow>) =>
      sql<{ renamed: Renamed }>`SELECT insert_plain_jobs(${sentPlain(sql, plainRowsOf(rows))}) AS renamed`.pipe(
        Effect.map((answers) => answers[0]!)
      )

    /** A row whose dedupe key is taken is left out by the statement, and then none may stay. */
    const insertAll = (
      rows: ReadonlyArray<NewRow>
    ): Effect.Effect<{ readonly renamed: Renamed }, BatchRefused | SqlError.SqlError> => {
      if (rows.every(isPlain)) return callers.run(insertPlain(rows))
      if (rows.every((row) => row.dedupe_key === undefined)) return callers.run(insert(rows))
      return callers.transaction(
        Effect.tap(insert(rows), ({ written }) => {
          const ids = new Set(written)
          return refuse(rows.flatMap((row, index) => (ids.has(row.id) ? [] : [keyTaken(index)])))
        })
      )
    }

    const write = ({ batchId, rows }: { readonly batchId: string; readonly rows: ReadonlyArray<NewRow> }) =>
      insertAll(rows).pipe(
        // A job that was left out for its dedupe key, or is gone, cannot be depended on.
        Effect.catchIf(
          (error) => sqlStateOf(error) === FOREIGN_KEY_VIOLATION,
          (error) => Effect.andThen(Effect.flatMap(missing(rows), refuse), Effect.fail(error))
        ),
        Effect.map(
          ({ renamed }): CreatedBatch => ({
            batchId,
            replayed: false,
            jobs: rows.map((row) => ({
              id: row.id,
              jobId: renamed?.[row.id] ?? row.job_id,
              ...(row.client_ref !== undefined && { clientRef: row.client_ref })
            }))
          })
        )
      )

    const replay = ({ batchId, jobId }: { readonly jobId: JobId; readonly batchId: string | null }) =>
      Effect.map(
        sql<{ id: JobId; jobId: ReadableJobId; clientRef: string | null }>`
          SELECT id, job_id, client_ref FROM script_jobs
          WHERE CASE WHEN ${batchId === null} THEN id = ${jobId}::uuid ELSE batch_id = ${batchId}::text::uuid END
          ORDER BY id LIMIT ${MOST_IN_BATCH}`,
        (rows): CreatedBatch => ({
          batchId: batchId ?? "",
          replayed: true,
          jobs: rows.map(({ clientRef, id, jobId: readable }) => ({
            id,
            jobId: readable,
            ...(clientRef !== null && { clientRef })
          }))
        })
      )

    const create = Effect.fnUntraced(function* (requests: ReadonlyArray<CreateJob>, options: CreateOptions) {
      const prepared = yield* prepare(requests, options)
      const key = options.idempotencyKey
      if (key === undefined) {
        return yield* write(prepared).pipe(
          giveUpAfter(LONGEST_CALL),
          Effect.mapError((error) => (error instanceof BatchRefused ? error : unavailable("createBatch")(error)))
        )
      }
      const hash = box.fingerprint(JSON.stringify(requests))
      const [first] = prepared.rows
      const make = Effect.map(write(prepared), (answer) => ({
        answer,
        made: { jobId: JobId.make(first!.id), batchId: prepared.batchId, keptWith: options.keptWith }
      }))
      return yield* once(options)(
        "createBatch",
        { ...options, key, hash, organisation: first!.organisation_id },
        replay,
        make
      )
    })

    return Effect.fn("Jobs.createBatch")((requests: ReadonlyArray<CreateJob>, options: CreateOptions = {}) =>
      refusing("createBatch")(create(requests, options))
    )
  })
