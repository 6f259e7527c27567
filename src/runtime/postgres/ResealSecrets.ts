/**
 * After a new key has come first in `CALLBOARD_SECRET_KEY`, seals all stored secrets with it, so that the old key can go.
 * Runs when a process starts, beside everything else, until it has seen all of them, and says what it found: also secrets
 * that no key here opens. Tables are walked in parts of few rows, so that a large one costs many short statements.
 */
import { Duration, Effect, Layer, Option, Schedule, Schema } from "effect"
import { SqlClient, SqlSchema, type Statement } from "effect/sql"
import { giveUpAfter } from "../giveUpAfter.ts"
import { SecretBox } from "../SecretBox.ts"
import { FIRST_ID } from "./jobIds.ts"

/**
 * Tables with sealed values: each is bound to the id of its row. The small ones first. Answers to prompts are gone within
 * minutes.
 */
const SEALED = [
  { table: "webhooks", column: "secret" },
  { table: "webhooks", column: "former_secret" },
  { table: "job_schedules", column: "input_payload" },
  { table: "script_jobs", column: "input_payload" }
] as const
type Place = (typeof SEALED)[number]

/** Rows that are looked at in one statement, whether or not they hold secrets. */
const BATCH = 500

interface Count {
  readonly resealed: number
  readonly unopened: number
  /** Changed by somebody else meanwhile, or not written: the next look finds it again. */
  readonly missed: number
}

const add = (a: Count, b: Count): Count => ({
  resealed: a.resealed + b.resealed,
  unopened: a.unopened + b.unopened,
  missed: a.missed + b.missed
})

const NONE: Count = { resealed: 0, unopened: 0, missed: 0 }

/** A part that hangs longer than a statement may is tried again, as is one that the database did not answer. */
const LONGEST_PART = Duration.minutes(2)
const untilAnswered = Schedule.min([Schedule.exponential("1 second"), Schedule.spaced("1 minute")])

/** One row that cannot be written must not keep all others from it. */
const NOT_FOR_EVER = Schedule.spaced("5 seconds").pipe(Schedule.upTo({ times: 3 }))

const patiently = <A, E, R>(part: Effect.Effect<A, E, R>) =>
  part.pipe(
    giveUpAfter(LONGEST_PART),
    Effect.tapCause((cause) => Effect.logWarning("stored secrets could not be looked at; trying again", cause)),
    Effect.retry(untilAnswered)
  )

/** Every row by its id, part after part; `read` gives all rows of the part behind an id. */
const walk = <Row extends { readonly id: string }, E, R>(
  read: (after: string) => Effect.Effect<ReadonlyArray<Row>, E, R>,
  look: (row: Row) => Effect.Effect<void>
) =>
  Effect.gen(function* () {
    let last: string | undefined = FIRST_ID
    while (last !== undefined) {
      const rows: ReadonlyArray<Row> = yield* patiently(read(last))
      yield* Effect.forEach(rows, look, { discard: true })
      last = rows.at(-1)?.id
    }
  })

const FoundRow = Schema.Struct({ id: Schema.String, isOld: Schema.Boolean })
const StoredValue = Schema.Struct({ stored: Schema.Unknown })

/** Seals in one table what any other key has sealed. */
const resealTable = ({ column, table }: Place) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const box = yield* SecretBox
    const patterns = box.keyIds.slice(1).map((id) => `%"$sealed": "v1.${id}.%`)
    let count = NONE

    const read = SqlSchema.findAll({
      Request: Schema.String,
      Result: FoundRow,
      execute: (after) => sql`
        SELECT id::text AS id, coalesce(stored::text LIKE ANY (${patterns}::text[]), false) AS is_old
        FROM (
          SELECT id, ${sql(column)} AS stored FROM ${sql(table)} WHERE id > ${after}::uuid ORDER BY id LIMIT ${BATCH}
        ) part ORDER BY part.id`
    })
    // One at a time: inputs may be large, and a part of them together more than the process may hold.
    const readOne = SqlSchema.findAll({
      Request: Schema.String,
      Result: StoredValue,
      execute: (id) =>
        sql`SELECT ${sql(column)} AS stored FROM ${sql(table)} WHERE id = ${id}::uuid AND ${sql(column)} IS NOT NULL LIMIT 1`
    })
    const resealOne = (id: string) =>
      Effect.gen(function* () {
        const [row] = yield* readOne(id)
        // Removed meanwhile.
        if (row === undefined) return NONE
        const sealed = yield* box.reseal(row.stored, id)
        const written = yield* sql`
          UPDATE ${sql(table)} SET ${sql(column)} = ${JSON.stringify(sealed)}::text::jsonb
          WHERE id = ${id}::uuid AND ${sql(column)} = ${JSON.stringify(row.stored)}::text::jsonb RETURNING id`
        return written.length === 0 ? { ...NONE, missed: 1 } : { ...NONE, resealed: 1 }
      })
    const notWritten = (id: string) =>
      Effect.as(Effect.annotateLogs(Effect.logWarning("a stored secret could not be sealed anew"), { table, id }), {
        ...NONE,
        missed: 1
      })
    const look = ({ id, isOld }: typeof FoundRow.Type) =>
      !isOld
        ? Effect.void
        : resealOne(id).pipe(
            Effect.catchTag("CannotOpenSecret", () => Effect.succeed({ ...NONE, unopened: 1 })),
            giveUpAfter(LONGEST_PART),
            Effect.retry(NOT_FOR_EVER),
            // Not with the cause: PostgreSQL may quote the row.
            Effect.catchTags({
              SqlError: () => notWritten(id),
              SchemaError: () => notWritten(id),
              TimeoutError: () => notWritten(id)
            }),
            Effect.flatMap((one) =>
              Effect.sync(() => {
                count = add(count, one)
              })
            )
          )
    yield* walk(read, look)
    return count
  })

/** One look at everything that is stored. */
export const resealOnce = Effect.gen(function* () {
  const { keyIds } = yield* SecretBox
  if (keyIds.length === 1) return NONE
  return (yield* Effect.forEach(SEALED, resealTable)).reduce(add, NONE)
})

/**
 * Ids of keys that are missing among these, by how many waiting jobs and schedules they sealed, as far as `longest` was time to
 * look. What waits and what runs is found where claims find it: among many jobs that have ended, only a look at each would
 * tell it by its status.
 */
export const missingKeys = Effect.fnUntraced(function* (
  keyIds: ReadonlyArray<string>,
  longest: Duration.Duration = Duration.infinity
) {
  const sql = yield* SqlClient.SqlClient
  const counts = new Map<string, number>()

  const keysIn = (input: Statement.Fragment) =>
    sql`ARRAY(SELECT DISTINCT found[1] FROM regexp_matches(${input}::text, '"[$]sealed": "v1[.]([0-9a-f]{8})[.]', 'g') found)`
  const ofJobs = (table: string) => (after: string) =>
    sql<{ id: string; keys: ReadonlyArray<string> }>`
      SELECT part.id::text AS id, ${keysIn(sql`j.input_payload`)} AS keys
      FROM (SELECT id FROM ${sql(table)} WHERE id > ${after}::uuid ORDER BY id LIMIT ${BATCH}) part
      LEFT JOIN script_jobs j ON j.id = part.id ORDER BY part.id`
  const ofSchedules = (after: string) =>
    sql<{ id: string; keys: ReadonlyArray<string> }>`
      SELECT id::text AS id, ${keysIn(sql`input_payload`)} AS keys FROM job_schedules
      WHERE id > ${after}::uuid ORDER BY job_schedules.id LIMIT ${BATCH}`

  const count = ({ keys }: { readonly keys: ReadonlyArray<string> }) =>
    Effect.sync(() => {
      for (const key of keys) if (!keyIds.includes(key)) counts.set(key, (counts.get(key) ?? 0) + 1)
    })
  const whole = yield* Effect.forEach([ofSchedules, ofJobs("job_leases"), ofJobs("job_queue")], (read) =>
    walk(read, count)
  ).pipe(Effect.timeoutOption(longest))
  return { missing: Array.from(counts, ([keyId, count]) => ({ keyId, count })), isWhole: Option.isSome(whole) }
})

const reportMissing = Effect.gen(function* () {
  const { keyIds } = yield* SecretBox
  for (const { count, keyId } of (yield* missingKeys(keyIds)).missing) {
    yield* Effect.logError(
      `${count} waiting jobs and schedules hold secrets that were sealed with the key ${keyId}, which is not in ` +
        "CALLBOARD_SECRET_KEY: they will fail. Add the key after the first one, or create them again."
    )
  }
})

/** What other processes write meanwhile with the old key is found by the second look, and mostly all by the first. */
const MOST_LOOKS = 3

export const reseal = Effect.gen(function* () {
  const { keyIds } = yield* SecretBox
  if (keyIds.length === 1) return
  let resealed = 0
  let last: Count
  let looks = 0
  do {
    last = yield* resealOnce
    resealed += last.resealed
    looks++
  } while (last.resealed + last.missed > 0 && looks < MOST_LOOKS)
  // What the last look sealed may have been written behind an earlier one, and so may more be.
  const left = last.unopened + last.missed + last.resealed
  yield* left === 0
    ? Effect.annotateLogs(Effect.logInfo("all stored secrets are sealed with the new key"), { resealed })
    : Effect.logWarning(
        "stored secrets are left that are not sealed with the new key, or more are written with an old one",
        { resealed, left }
      )
})

export const layer = Layer.effectDiscard(
  Effect.all([Effect.forkScoped(reportMissing), Effect.forkScoped(reseal)], { discard: true })
)
