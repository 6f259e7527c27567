/** From either id of a job to the one that tables join on. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import type { JobRef } from "../../domain/JobId.ts"
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
