/** Makes a job that failed or was cancelled pending again: from a checkpoint, a named step or the start, with new input. */
import { Effect, Option } from "effect"
import { SqlClient, type Statement } from "effect/sql"
import { CurrentCaller } from "../../domain/Caller.ts"
import type { Job } from "../../domain/Job.ts"
import type { JobRef, ReadableJobId } from "../../domain/JobId.ts"
import {
  DedupeKeyTaken,
  type JobConflict,
  type JobNotFound,
  type JobsUnavailable,
  type RetryPlan,
  startOf,
  UnknownStep
} from "../../domain/Jobs.ts"
import { formatPath, type InputIssue, InvalidInput, JobTypes, type UnknownJobType } from "../../domain/JobType.ts"
import type { NotAllowed } from "../../domain/NotAllowed.ts"
import { keepMasked, MASK } from "../../domain/Secret.ts"
import { runsAgain } from "../../domain/StepDefinition.ts"
import { giveUpAfter } from "../giveUpAfter.ts"
import { SecretBox } from "../SecretBox.ts"
import { answered, LONGEST_CALL, unavailable } from "./callFailures.ts"
import { inTransaction } from "./inTransaction.ts"
import { makeJobReader } from "./JobReader.ts"
import { EXPIRY_SECONDS, keyOfRestaurant, restaurantIn } from "./newRows.ts"
import { sqlStateOf, UNIQUE_VIOLATION } from "./sqlState.ts"

/** What a job is like before it starts again, as `start_job_again` has it (migrations); the queue follows by trigger. */
export const startAgain = (sql: SqlClient.SqlClient): Statement.Fragment => sql`
  status = 'pending', retry_count = 0, crash_count = 0, next_retry_at = NULL,
  run_at = CASE WHEN started_at IS NULL THEN greatest(now(), run_at) ELSE now() END,
  cancel_requested_at = NULL, expires_at =
    CASE WHEN started_at IS NULL THEN greatest(now(), run_at) ELSE now() END + ${EXPIRY_SECONDS} * interval '1 second',
  error_code = NULL, error_message = NULL, error_retryable = NULL, error_step = NULL, error_hint = NULL,
  progress_message = NULL`

/** What was read and done at one restaurant says nothing about another. */
const elsewhere = ({ jobType }: Job) =>
  new InvalidInput({
    jobType,
    issues: [{ path: "restaurantId", message: "Another restaurant: nothing can be kept, so retry from the start" }]
  })

interface Found {
  readonly get: (ref: JobRef) => Effect.Effect<Job, JobNotFound | JobsUnavailable>
  readonly written: <E>(
    ref: JobRef,
    action: JobConflict["action"],
    write: Effect.Effect<ReadonlyArray<Job>, E>
  ) => Effect.Effect<Job, E | JobConflict | JobNotFound | NotAllowed | JobsUnavailable>
}

export const makeRetry = ({ get, written }: Found) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const types = yield* JobTypes
    const box = yield* SecretBox
    const reader = yield* makeJobReader

    /** Names of the steps whose outputs are forgotten; undefined when none are. */
    const forgottenSteps = (
      job: Job,
      from: string
    ): Effect.Effect<ReadonlyArray<string> | undefined, UnknownStep | UnknownJobType | JobsUnavailable> =>
      Effect.gen(function* () {
        if (from === "checkpoint") return undefined
        if (from === "start") return []
        const { steps } = yield* types.named(job.jobType)
        const isForgotten = runsAgain(steps, from)
        if (isForgotten === undefined)
          return yield* new UnknownStep({ step: from, known: steps.map(({ name }) => name) })
        const { checkpoints } = yield* sql<{ checkpoints: ReadonlyArray<string> }>`
          SELECT coalesce(array_agg(name), '{}') AS checkpoints FROM job_checkpoints
          WHERE job_id = ${job.id}::uuid`.pipe(
          answered("retry"),
          Effect.map((rows) => rows[0]!)
        )
        return checkpoints.filter(isForgotten)
      })

    const sealedInput = Effect.fnUntraced(function* (job: Job, input: unknown) {
      const type = yield* types.named(job.jobType)
      const stored = yield* sql<{ inputPayload: unknown }>`
        SELECT input_payload FROM script_jobs WHERE id = ${job.id}::uuid`.pipe(answered("retry"))
      const parsed = yield* type.parseInput(input)
      const issues: Array<InputIssue> = []
      // What is already sealed stays as it is: the seal names the job, and the job stays the same.
      const sealed = keepMasked(type.inputSchema, parsed, stored[0]?.inputPayload, (secret, path) => {
        if (secret === MASK) issues.push({ path: formatPath(path), message: "Expected the secret itself" })
        return box.seal(secret, job.id)
      })
      if (issues.length > 0) return yield* new InvalidInput({ jobType: job.jobType, issues })
      return sealed
    })

    /** A job that belongs to the restaurant in its input goes on belonging to it, and takes turns with its jobs. */
    const moved = (job: Job, input: unknown): { readonly restaurant?: string; readonly key?: string } => {
      const [from, to] = [restaurantIn(job.input), restaurantIn(input)]
      if (from === undefined || to === undefined || from === to || job.restaurantId !== from) return {}
      const takesTurns = job.concurrencyKey === keyOfRestaurant(from)
      return { restaurant: to, ...(takesTurns && { key: keyOfRestaurant(to) }) }
    }

    /**
     * Names who holds the key where it is taken. The refusal ends the innermost transaction, so the write has one of its
     * own; and who refused it may have ended before it is looked for.
     */
    const besideOthers = <E>(job: Job, dedupeKey: string, write: Effect.Effect<ReadonlyArray<Job>, E>) =>
      inTransaction(sql, write).pipe(
        Effect.catchIf(
          (error) => sqlStateOf(error) === UNIQUE_VIOLATION,
          (error) =>
            Effect.flatMap(
              sql<{ jobId: ReadableJobId }>`
                SELECT job_id FROM script_jobs
                WHERE organisation_id = ${job.organisationId} AND dedupe_key = ${dedupeKey} AND dedupe_open`,
              ([live]) => Effect.fail(live === undefined ? error : new DedupeKeyTaken({ jobId: live.jobId, dedupeKey }))
            )
        ),
        Effect.retry({ times: 2, while: (error) => sqlStateOf(error) === UNIQUE_VIOLATION })
      )

    return Effect.fn("Jobs.retry")(function* (ref: JobRef, plan: RetryPlan) {
      const job = yield* get(ref)
      const from = startOf(plan)
      const steps = yield* forgottenSteps(job, from)
      const input = plan.input === undefined ? undefined : yield* sealedInput(job, plan.input)
      const [before, after] = [restaurantIn(job.input), restaurantIn(input)]
      if (from !== "start" && input !== undefined && before !== undefined && after !== before) {
        return yield* elsewhere(job)
      }
      const isCalled = Option.isSome(yield* CurrentCaller)
      const { key = null, restaurant = null } = moved(job, input)
      const startedAgain = reader.write(
        sql`
          SELECT * FROM ${sql.literal(isCalled ? "retry_job" : "start_job_again")}(
            ${job.id}::uuid, ${steps !== undefined}, ${from === "start" ? null : (steps ?? [])}::text[],
            ${input === undefined ? null : JSON.stringify(input)}::text::jsonb, ${restaurant}::text, ${key}::text,
            ${EXPIRY_SECONDS} * interval '1 second'
          )`
      )
      const { dedupeKey } = job
      const again = (dedupeKey === undefined ? startedAgain : besideOthers(job, dedupeKey, startedAgain)).pipe(
        giveUpAfter(LONGEST_CALL),
        Effect.mapError((error) => (error instanceof DedupeKeyTaken ? error : unavailable("retry")(error)))
      )
      const retried = yield* written(ref, "retry", again)
      // One whose dependency has still failed fails while it is written, after what RETURNING gives.
      return retried.dependsOn.length === 0 ? retried : yield* get(retried.id)
    })
  })
