/** From either id of a job to the one that tables join on. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { isReadable, type JobRef } from "../../domain/JobId.ts"
import { JobNotFound } from "../../domain/Jobs.ts"
import { answered } from "./callFailures.ts"
import { matches } from "./jobFilters.ts"

export const makeJobIds = Effect.map(
  SqlClient.SqlClient,
  (sql) => (ref: JobRef) =>
    Effect.gen(function* () {
      const rows = yield* sql<{ id: string }>`SELECT id FROM script_jobs WHERE ${matches(sql, ref)}`.pipe(
        answered("find")
      )
      return rows[0]?.id ?? (yield* new JobNotFound({ ref }))
    })
)

/** Rows of a job. Where there are some, the job is there: only where there are none is it looked for. */
export const makeRowsOfJob = Effect.map(
  makeJobIds,
  (idOf) =>
    <A, E, R>(ref: JobRef, read: (id: string) => Effect.Effect<ReadonlyArray<A>, E, R>) =>
      Effect.gen(function* () {
        if (isReadable(ref)) return yield* read(yield* idOf(ref))
        const rows = yield* read(ref)
        if (rows.length === 0) yield* idOf(ref)
        return rows
      })
)

/** No id comes before or after these. */
export const FIRST_ID = "00000000-0000-0000-0000-000000000000"
export const LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"
