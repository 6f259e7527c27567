/** Takes available jobs under a lease: one statement, so that two workers can never take the same job. */
import { Duration, Effect, Option, References } from "effect"
import { SqlClient } from "effect/sql"
import type { JobId, ReadableJobId } from "../../domain/JobId.ts"
import type { Claim } from "../../domain/JobQueue.ts"
import type { Lane } from "../../domain/Lane.ts"
import type { LeaseToken } from "../../domain/Lease.ts"
import { HandOver } from "../HandOver.ts"
import type { QueueSettings } from "./PgJobQueue.ts"

/** What `claim_jobs` returns (migrations). Its types are the database's, so rows are not decoded again. */
export interface ClaimRow {
  readonly id: JobId
  readonly job_id: ReadableJobId
  readonly job_type: string
  readonly organisation_id: string
  readonly input_payload: unknown
  readonly lease_token: LeaseToken
  readonly attempt: number
  readonly retry_count: number
  readonly max_retries: number
  readonly timeout_ms: number
  readonly checkpoints: Readonly<Record<string, unknown>> | null
  readonly place: number
  readonly trace_parent?: string | null
}

/** Bytes: a thousand of them together stay far below what one message may hold. */
const LONGEST_SHORT_ROW = 4_000

const noCheckpoints: ReadonlyMap<string, unknown> = new Map()

export const claimOf = (row: Omit<ClaimRow, "place">): Claim => ({
  lease: { jobId: row.id, token: row.lease_token, attempt: row.attempt },
  id: row.id,
  jobId: row.job_id,
  jobType: row.job_type,
  organisationId: row.organisation_id,
  input: row.input_payload,
  retryCount: row.retry_count,
  maxRetries: row.max_retries,
  timeout: Duration.millis(row.timeout_ms),
  checkpoints: row.checkpoints === null ? noCheckpoints : new Map(Object.entries(row.checkpoints)),
  ...(typeof row.trace_parent === "string" && { traceParent: row.trace_parent })
})

/** The one that comes last in a round that starts after `start`. */
const lastInRound = (organisations: ReadonlyArray<string>, start: string): string => {
  const wrapped = organisations.filter((each) => each <= start)
  return (wrapped.length > 0 ? wrapped : organisations).toSorted().at(-1) ?? ""
}

/** `names`: the job types that this process can run; others are left to workers that know them. */
export const makeClaim = ({ leaseTime, worker }: QueueSettings, names: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    // Thousands of rows a second: renaming their columns would cost more than all else that is done with them here.
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    // Where no traces are made nobody asks for them, because each is one more look at a row.
    const isTraced = yield* References.TracerEnabled
    const trace = isTraced ? sql`, trace_parent_of(c.id) AS trace_parent` : sql``
    // What is claimed with a create brings them always.
    const ownOf = isTraced ? claimOf : (row: ClaimRow) => claimOf({ ...row, trace_parent: null })
    const leaseSeconds = Duration.toSeconds(leaseTime)
    /** Whose turn it was last, per lane. Each worker goes round on its own. */
    const turns = new Map<Lane, string>()

    const taken = (lane: Lane, turn: string, rows: ReadonlyArray<ClaimRow>): ReadonlyArray<Claim> => {
      if (rows.length > 0) {
        turns.set(lane, lastInRound([...new Set(rows.map((row) => row.organisation_id))], turn))
      }
      return rows.toSorted((a, b) => a.place - b.place).map(ownOf)
    }

    const termsOf = (lane: Lane, limit: number) => {
      const turn = turns.get(lane) ?? ""
      return {
        sent: sql`${limit}::integer, ${names}::text[], ${turn}::text, ${worker.name}::text, ${worker.bootId}::uuid,
          ${leaseSeconds} * interval '1 second'`,
        claimsOf: (rows: ReadonlyArray<ClaimRow>) => taken(lane, turn, rows)
      }
    }

    const handOver = yield* Effect.serviceOption(HandOver)
    if (Option.isSome(handOver)) handOver.value.offer(termsOf)

    return (lane: Lane, limit: number) =>
      Effect.suspend(() => {
        const { claimsOf, sent } = termsOf(lane, limit)
        // As text with all short rows in one: to read it is the work of a parser that needs no warming up. What is long
        // comes alone, because a message of the database may not be too large.
        return sql<{ rows: string }>`
          SELECT string_agg(claimed.line, ',') AS rows FROM (
            SELECT row_to_json(of_job)::text AS line, of_job.place FROM (
              SELECT c.*${trace} FROM claim_jobs(${lane}, ${sent}) c
            ) of_job
          ) claimed
          GROUP BY CASE WHEN octet_length(claimed.line) > ${LONGEST_SHORT_ROW} THEN claimed.place ELSE -1 END`.pipe(
          Effect.map((parts) => JSON.parse(`[${parts.map(({ rows }) => rows).join(",")}]`) as ReadonlyArray<ClaimRow>),
          Effect.map(claimsOf)
        )
      })
  })
