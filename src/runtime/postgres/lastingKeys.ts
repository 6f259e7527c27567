/** Keys that are kept as long as a job: what they made is found for as long. */
import { Effect, Option } from "effect"
import { SqlClient } from "effect/sql"
import { CurrentCaller } from "../../domain/Caller.ts"
import type { JobId } from "../../domain/JobId.ts"
import { currentOrganisation } from "./asCaller.ts"
import { answered } from "./callFailures.ts"
import { makeJobReader } from "./JobReader.ts"
import type { KeyKind } from "./onceByKey.ts"

/** What a key of jobs stands for: a job, or the batch that this one is the first of. */
export interface MadeJobs {
  readonly jobId: JobId
  readonly batchId: string | null
  readonly keptWith?: JobId | undefined
}

export const lastingKeys: KeyKind<MadeJobs> = {
  find: "find_lasting_key",
  keep: "keep_lasting_key",
  sent: (sql, { batchId, jobId, keptWith = jobId }) => sql`${jobId}::uuid, ${batchId}::text::uuid, ${keptWith}::uuid`
}

export const makeMadeWith = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const reader = yield* makeJobReader

  return Effect.fn("Jobs.madeWith")((key: string) =>
    Effect.gen(function* () {
      const found = Option.isSome(yield* CurrentCaller)
        ? sql`find_lasting_key_for_callers(${key}, ''::bytea)`
        : sql`find_lasting_key(${yield* currentOrganisation}, ${key}, ''::bytea)`
      const [known] = yield* sql<{ jobId: JobId }>`SELECT job_id FROM ${found}`
      if (known === undefined) return Option.none()
      const [job] = yield* reader.select(sql`WHERE id = ${known.jobId}::uuid`)
      return Option.fromUndefinedOr(job)
    }).pipe(answered("madeWith"))
  )
})
