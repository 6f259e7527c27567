/** Artifacts: rows in PostgreSQL, bytes in a `ByteStore`. How they stay together is said in migration 0008. */
import { createHash } from "node:crypto"
import { DateTime, Duration, Effect, Exit, Layer, Schema, Stream } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import {
  type Artifact,
  ArtifactKind,
  ArtifactName,
  ArtifactNotFound,
  Artifacts,
  ArtifactsUnavailable,
  type Bytes,
  type FoundArtifact,
  MOST_ARTIFACTS,
  type NewArtifact
} from "../../domain/Artifacts.ts"
import type { JobRef } from "../../domain/JobId.ts"
import { JobNotFound } from "../../domain/Jobs.ts"
import { ByteStore } from "../artifacts/ByteStore.ts"
import { giveUpAfter } from "../giveUpAfter.ts"
import { forCallers, makeCallers } from "./asCaller.ts"
import { answered } from "./callFailures.ts"
import { mayRemove } from "./databaseClock.ts"
import { makeJobIds, makeRowsOfJob } from "./jobIds.ts"

/** Longer than any upload takes. Bytes whose writer died are removed after it. */
const LONGEST_UPLOAD = "1 day"

/** Files that a sweep has in hand at a time. */
const BATCH = 50

/** When bytes are tried again that could not be removed, or whose sweeper died. */
const AGAIN_AFTER = "10 minutes"

/** A store that does not answer keeps a sweep from its other files no longer than this. */
const LONGEST_REMOVAL = Duration.seconds(10)

const ArtifactRow = Schema.Struct({
  name: ArtifactName,
  kind: ArtifactKind,
  contentType: Schema.String,
  size: Schema.Int,
  sha256: Schema.String,
  attempt: Schema.NullOr(Schema.Int),
  step: Schema.NullOr(Schema.String),
  createdAt: Schema.DateTimeUtcFromDate,
  expiresAt: Schema.NullOr(Schema.DateTimeUtcFromDate)
})
type ArtifactRow = typeof ArtifactRow.Type

const artifactOf = ({ attempt, expiresAt, step, ...row }: ArtifactRow): Artifact => ({
  ...row,
  ...(attempt !== null && { attempt }),
  ...(step !== null && { step }),
  ...(expiresAt !== null && { expiresAt })
})

const decodeRows = Schema.decodeUnknownEffect(Schema.Array(ArtifactRow))

const isName = Schema.is(ArtifactName)

interface Measured {
  readonly size: number
  readonly sha256: string
}

/** Counts and hashes the bytes on their way. */
const measured = <E>(content: Bytes<E>) => {
  const hash = createHash("sha256")
  let size = 0
  const bytes = Stream.map(content, (chunk) => {
    hash.update(chunk)
    size += chunk.byteLength
    return chunk
  })
  return { bytes, result: (): Measured => ({ size, sha256: hash.digest("hex") }) }
}

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const store = yield* ByteStore
  const idOf = yield* makeJobIds
  const rowsOfJob = yield* makeRowsOfJob
  const callers = yield* makeCallers
  const columns = sql.literal(
    "name, kind, content_type, size::float8 AS size, sha256, attempt, step, created_at, expires_at"
  )

  const announce = (key: string) =>
    sql`INSERT INTO artifact_leftovers (store, key, remove_after)
      VALUES (${store.id}, ${key}, now() + ${LONGEST_UPLOAD}::interval)`.pipe(answered("put"))

  /**
   * Gives no row when the job is gone, a newer attempt of it has begun than the one that made the file, or a sweep has the
   * bytes, which took too long. What the row replaces becomes a leftover by itself.
   */
  const keepRow = (artifact: NewArtifact, key: string, { sha256, size }: Measured) =>
    sql`
      WITH job AS (
        SELECT id FROM script_jobs
        WHERE id = ${artifact.jobId}::uuid AND attempt <= coalesce(${artifact.attempt ?? null}::integer, attempt)
      ), mine AS (
        DELETE FROM artifact_leftovers
        WHERE store = ${store.id} AND key = ${key} AND remove_after > now() + ${AGAIN_AFTER}::interval
          AND EXISTS (SELECT FROM job)
        RETURNING key
      ), kept AS (
        INSERT INTO job_artifacts (job_id, name, kind, content_type, size, sha256, attempt, step, expires_at, store, key)
        SELECT job.id, ${artifact.name}, ${artifact.kind}, ${artifact.contentType}, ${size}, ${sha256},
          ${artifact.attempt ?? null}::integer, ${artifact.step ?? null}::text,
          ${artifact.expiresAt === undefined ? null : DateTime.formatIso(artifact.expiresAt)}::text::timestamptz,
          ${store.id}, mine.key
        FROM job, mine
        ON CONFLICT (job_id, name) DO UPDATE SET
          kind = EXCLUDED.kind, content_type = EXCLUDED.content_type, size = EXCLUDED.size, sha256 = EXCLUDED.sha256,
          attempt = EXCLUDED.attempt, step = EXCLUDED.step, expires_at = EXCLUDED.expires_at, store = EXCLUDED.store, key = EXCLUDED.key, created_at = now()
        RETURNING *
      )
      SELECT ${columns} FROM kept`.pipe(Effect.flatMap(decodeRows), answered("put"))

  /** Only saves time: what stays is swept up later. */
  const takeBack = (key: string) =>
    store
      .remove(key)
      .pipe(
        Effect.andThen(sql`DELETE FROM artifact_leftovers WHERE store = ${store.id} AND key = ${key}`),
        Effect.ignore
      )

  const put: typeof Artifacts.Service.put = <E>(artifact: NewArtifact, content: Uint8Array | Bytes<E>) =>
    Effect.gen(function* () {
      const key = crypto.randomUUID()
      const { bytes, result } = measured(content instanceof Uint8Array ? Stream.make(content) : content)
      yield* announce(key)
      return yield* store.write(key, bytes).pipe(
        Effect.andThen(Effect.suspend(() => keepRow(artifact, key, result()))),
        Effect.flatMap(([row]) =>
          row === undefined ? Effect.fail(new JobNotFound({ ref: artifact.jobId })) : Effect.succeed(artifactOf(row))
        ),
        Effect.onExit((exit) => (Exit.isSuccess(exit) ? Effect.void : takeBack(key)))
      )
    }).pipe(Effect.withSpan("Artifacts.put"))

  const rowsOf = SqlSchema.findAll({
    Request: Schema.String,
    Result: ArtifactRow,
    execute: (
      id
    ) => sql`SELECT ${columns} FROM job_artifacts WHERE job_id = ${id}::uuid AND (expires_at IS NULL OR expires_at > now())
      ORDER BY created_at, name LIMIT ${MOST_ARTIFACTS}`
  })
  const rowNamed = SqlSchema.findAll({
    Request: Schema.Struct({ id: Schema.String, name: Schema.String }),
    Result: ArtifactRow,
    execute: ({ id, name }) => sql`SELECT ${columns} FROM job_artifacts
      WHERE job_id = ${id}::uuid AND name = ${name} AND (expires_at IS NULL OR expires_at > now())`
  })

  const list = Effect.fn("Artifacts.list")(function* (ref: JobRef) {
    const rows = yield* rowsOfJob(ref, (id) => rowsOf(id).pipe(answered("artifacts")))
    return rows.map(artifactOf)
  })

  const remove: typeof Artifacts.Service.remove = (jobId, names) =>
    sql`DELETE FROM job_artifacts WHERE job_id = ${jobId}::uuid AND name = ANY (${names}::text[])`.pipe(
      answered("removeArtifacts"),
      Effect.asVoid
    )

  const elsewhere = Effect.fail(
    new ArtifactsUnavailable({ operation: "read", cause: new Error("It is in the store of another machine.") })
  )

  const see = Effect.fnUntraced(function* (ref: JobRef, name: string) {
    const id = yield* idOf(ref)
    const [row] = isName(name) ? yield* rowNamed({ id, name }).pipe(answered("artifact")) : []
    if (row === undefined) return yield* new ArtifactNotFound({ name })
    return { id, row }
  })

  /** Where the bytes are, nobody is told: Callboard looks for who may see the file. */
  const placeOf = (id: string, name: string) =>
    sql<{ store: string; key: string }>`
      SELECT store, key FROM job_artifacts WHERE job_id = ${id}::uuid AND name = ${name}`.pipe(answered("artifact"))

  const find: typeof Artifacts.Service.find = (ref, name) =>
    Effect.gen(function* () {
      const { id, row } = yield* callers.reading("artifact")(see(ref, name))
      const [place] = yield* callers.itself(placeOf(id, row.name))
      if (place === undefined) return yield* new ArtifactNotFound({ name })
      const read: FoundArtifact["read"] = (range) =>
        place.store === store.id ? store.read(place.key, range) : elsewhere
      return { artifact: artifactOf(row), read }
    }).pipe(Effect.withSpan("Artifacts.find"))

  // Put off before their bytes go: who dies meanwhile leaves them to the next sweep, one that cannot be removed is not met
  // again at once, and an upload that took too long finds its announcement changed.
  const takeDue = sql<{ key: string }>`
    WITH due AS MATERIALIZED (
      SELECT key FROM artifact_leftovers WHERE store = ${store.id} AND remove_after <= now()
      ORDER BY remove_after LIMIT ${BATCH} FOR UPDATE SKIP LOCKED
    )
    UPDATE artifact_leftovers l SET remove_after = now() + ${AGAIN_AFTER}::interval
    FROM due WHERE l.store = ${store.id} AND l.key = due.key RETURNING l.key`
  const removeBytes = (key: string) => Effect.exit(store.remove(key).pipe(giveUpAfter(LONGEST_REMOVAL), Effect.as(key)))
  const sweepSome = Effect.gen(function* () {
    const due = yield* takeDue
    const exits = yield* Effect.forEach(due, ({ key }) => removeBytes(key), { concurrency: 8 })
    const gone = exits.filter(Exit.isSuccess).map(({ value }) => value)
    const failed = exits.find(Exit.isFailure)
    if (failed) yield* Effect.logWarning(`bytes of ${due.length - gone.length} file(s) stay for now`, failed.cause)
    if (gone.length > 0) {
      yield* sql`DELETE FROM artifact_leftovers WHERE store = ${store.id} AND key = ANY (${gone}::text[])`
    }
    return { due: due.length, gone: gone.length }
  })
  const sweep = Effect.gen(function* () {
    let swept = 0
    if (!(yield* mayRemove(sql))) return swept
    let last: Effect.Success<typeof sweepSome>
    do {
      last = yield* sweepSome
      swept += last.gone
      // A store that is away is not asked for all the rest.
    } while (last.due === BATCH && last.gone > 0)
    return swept
  }).pipe(Effect.catchTag("SqlError", (cause) => Effect.fail(new ArtifactsUnavailable({ operation: "sweep", cause }))))

  return Artifacts.of(forCallers(callers, { put, list, find, remove, sweep }, ["put", "find", "remove", "sweep"]))
})

export const layer = Layer.effect(Artifacts, make)
