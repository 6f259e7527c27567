/**
 * After a new key has come first in `CALLBOARD_SECRET_KEY`, seals all stored secrets with it, so that the old key can go.
 * Runs once when a process starts, beside everything else, and says what it found: also secrets that no key here opens.
 */
import { Duration, Effect, Layer, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import { round } from "../backgroundRounds.ts"
import { SecretBox } from "../SecretBox.ts"

/** Tables with sealed values: each is bound to the id of its row. Answers to prompts are gone within minutes. */
const SEALED = [
  { table: "script_jobs", column: "input_payload" },
  { table: "job_schedules", column: "input_payload" },
  { table: "webhooks", column: "secret" },
  { table: "webhooks", column: "former_secret" }
] as const

const BATCH = 200

const Row = Schema.Struct({ id: Schema.String, stored: Schema.Unknown })

const NO_ROW = "00000000-0000-0000-0000-000000000000"

interface Count {
  readonly resealed: number
  readonly unopened: number
}

const add = (a: Count, b: Count): Count => ({ resealed: a.resealed + b.resealed, unopened: a.unopened + b.unopened })

const NONE: Count = { resealed: 0, unopened: 0 }

/** Seals what any other key has sealed. What was changed meanwhile is left to the next start. */
export const resealOnce = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const box = yield* SecretBox
  const others = box.keyIds.slice(1)
  const patterns = others.map((id) => `%"$sealed": "v1.${id}.%`)

  const resealRow = (table: string, column: string, { id, stored }: typeof Row.Type) =>
    box.reseal(stored, id).pipe(
      Effect.flatMap(
        (sealed) => sql`
          UPDATE ${sql(table)} SET ${sql(column)} = ${JSON.stringify(sealed)}::text::jsonb
          WHERE id = ${id}::uuid AND ${sql(column)} = ${JSON.stringify(stored)}::text::jsonb`
      ),
      Effect.as<Count>({ resealed: 1, unopened: 0 }),
      Effect.catchTag("CannotOpenSecret", () => Effect.succeed<Count>({ resealed: 0, unopened: 1 }))
    )

  const resealTable = ({ column, table }: (typeof SEALED)[number], after = NO_ROW): Effect.Effect<Count, unknown> =>
    Effect.gen(function* () {
      const rows = yield* SqlSchema.findAll({
        Request: Schema.String,
        Result: Row,
        execute: (last) => sql`
          SELECT id::text AS id, ${sql(column)} AS stored FROM ${sql(table)}
          WHERE id > ${last}::uuid AND ${sql(column)}::text LIKE ANY (${patterns}::text[])
          ORDER BY id LIMIT ${BATCH}`
      })(after)
      const counts = yield* Effect.forEach(rows, (row) => resealRow(table, column, row))
      const done = counts.reduce(add, NONE)
      const last = rows.at(-1)
      return last === undefined
        ? done
        : add(done, yield* resealTable({ column, table } as (typeof SEALED)[number], last.id))
    })

  if (others.length === 0) return NONE
  return (yield* Effect.forEach(SEALED, (each) => resealTable(each))).reduce(add, NONE)
})

/**
 * Ids of keys that are missing here, by how many waiting jobs and schedules they sealed. What waits and what runs is found
 * where claims find it: among many jobs that have ended, only a look at each would tell it by its status.
 */
export const missingKeys = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { keyIds } = yield* SecretBox
  const rows = yield* sql<{ keyId: string; count: number }>`
    SELECT key_id, count(*)::int AS count FROM (
      SELECT DISTINCT id, found[1] AS key_id FROM (
        SELECT id, input_payload FROM script_jobs
        WHERE id IN (SELECT id FROM job_queue UNION ALL SELECT id FROM job_leases)
        UNION ALL SELECT id, input_payload FROM job_schedules
      ) AS live, regexp_matches(input_payload::text, '"[$]sealed": "v1[.]([0-9a-f]{8})[.]', 'g') AS found
    ) AS sealed GROUP BY key_id`
  return rows.filter(({ keyId }) => !keyIds.includes(keyId))
})

const reportMissing = Effect.gen(function* () {
  for (const { count, keyId } of yield* missingKeys) {
    yield* Effect.logError(
      `${count} waiting jobs and schedules hold secrets that were sealed with the key ${keyId}, which is not in ` +
        "CALLBOARD_SECRET_KEY: they will fail. Add the key after the first one, or create them again."
    )
  }
})

const reseal = Effect.gen(function* () {
  const counts = yield* resealOnce
  if (counts.resealed + counts.unopened === 0) return
  yield* Effect.logInfo("stored secrets were sealed with the new key").pipe(Effect.annotateLogs({ ...counts }))
})

/** A million jobs take some minutes. */
const LONGEST = Duration.hours(1)

export const layer = Layer.effectDiscard(
  Effect.andThen(reportMissing, reseal).pipe(
    round({ complaint: "stored secrets could not be looked through", longest: LONGEST }),
    Effect.forkScoped
  )
)
