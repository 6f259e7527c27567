/** Artifacts: rows in PostgreSQL, bytes in a `ByteStore`. How they stay together is said in migration 0008. */
import { createHash } from "node:crypto"
import { Effect, Exit, Layer, Schema, Stream } from "effect"
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
import { answered } from "./callFailures.ts"
import { inTransaction } from "./inTransaction.ts"
import { makeJobIds } from "./jobIds.ts"

/** Longer than any upload takes. Bytes whose writer died are removed after it. */
const LONGEST_UPLOAD = "1 day"

/** Files that one statement has in hand while their bytes are removed. */
const BATCH = 50

const ArtifactRow = Schema.Struct({
  name: ArtifactName,
  kind: ArtifactKind,
  contentType: Schema.String,
  size: Schema.Int,
  sha256: Schema.String,
  attempt: Schema.NullOr(Schema.Int),
  step: Schema.NullOr(Schema.String),
  createdAt: Schema.DateTimeUtcFromDate,
  store: Schema.String,
  key: Schema.String
})
type ArtifactRow = typeof ArtifactRow.Type

const artifactOf = ({ attempt, key: _, step, store: __, ...row }: ArtifactRow): Artifact => ({
  ...row,
  ...(attempt !== null && { attempt }),
  ...(step !== null && { step })
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
  const columns = sql.literal(
    "name, kind, content_type, size::float8 AS size, sha256, attempt, step, created_at, store, key"
  )

  const announce = (key: string) =>
    sql`INSERT INTO artifact_leftovers (store, key, remove_after)
      VALUES (${store.id}, ${key}, now() + ${LONGEST_UPLOAD}::interval)`.pipe(answered("put"))

  /** Gives no row when the job is gone. What the row replaces becomes a leftover by itself. */
  const keepRow = (artifact: NewArtifact, key: string, { sha256, size }: Measured) =>
    sql`
      WITH job AS (
        SELECT id FROM script_jobs WHERE id = ${artifact.jobId}::uuid
      ), mine AS (
        DELETE FROM artifact_leftovers WHERE store = ${store.id} AND key = ${key} AND EXISTS (SELECT FROM job) RETURNING key
      ), kept AS (
        INSERT INTO job_artifacts (job_id, name, kind, content_type, size, sha256, attempt, step, store, key)
        SELECT job.id, ${artifact.name}, ${artifact.kind}, ${artifact.contentType}, ${size}, ${sha256},
          ${artifact.attempt ?? null}::integer, ${artifact.step ?? null}::text, ${store.id}, mine.key
        FROM job, mine
        ON CONFLICT (job_id, name) DO UPDATE SET
          kind = EXCLUDED.kind, content_type = EXCLUDED.content_type, size = EXCLUDED.size, sha256 = EXCLUDED.sha256,
          attempt = EXCLUDED.attempt, step = EXCLUDED.step, store = EXCLUDED.store, key = EXCLUDED.key, created_at = now()
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
    execute: (id) => sql`SELECT ${columns} FROM job_artifacts WHERE job_id = ${id}::uuid
      ORDER BY created_at, name LIMIT ${MOST_ARTIFACTS}`
  })
  const rowNamed = SqlSchema.findAll({
    Request: Schema.Struct({ id: Schema.String, name: Schema.String }),
    Result: ArtifactRow,
    execute: ({ id, name }) => sql`SELECT ${columns} FROM job_artifacts WHERE job_id = ${id}::uuid AND name = ${name}`
  })

  const list = Effect.fn("Artifacts.list")(function* (ref: JobRef) {
    const rows = yield* rowsOf(yield* idOf(ref)).pipe(answered("artifacts"))
    return rows.map(artifactOf)
  })

  const elsewhere = Effect.fail(
    new ArtifactsUnavailable({ operation: "read", cause: new Error("It is in the store of another machine.") })
  )

  const find = Effect.fn("Artifacts.find")(function* (ref: JobRef, name: string) {
    const id = yield* idOf(ref)
    const [row] = isName(name) ? yield* rowNamed({ id, name }).pipe(answered("artifact")) : []
    if (row === undefined) return yield* new ArtifactNotFound({ name })
    const read: FoundArtifact["read"] = (range) => (row.store === store.id ? store.read(row.key, range) : elsewhere)
    return { artifact: artifactOf(row), read }
  })

  // Their rows are locked until the bytes are gone, so that no upload that took too long is kept meanwhile.
  const sweepSome = inTransaction(
    sql,
    Effect.gen(function* () {
      const due = yield* sql<{ key: string }>`
        DELETE FROM artifact_leftovers WHERE store = ${store.id} AND key IN (
          SELECT key FROM artifact_leftovers WHERE store = ${store.id} AND remove_after <= now()
          ORDER BY remove_after LIMIT ${BATCH} FOR UPDATE SKIP LOCKED
        ) RETURNING key`
      yield* Effect.forEach(due, ({ key }) => store.remove(key), { concurrency: 8, discard: true })
      return due.length
    })
  )
  const sweep = Effect.gen(function* () {
    let swept = 0
    let last: number
    do {
      last = yield* sweepSome
      swept += last
    } while (last === BATCH)
    return swept
  }).pipe(Effect.catchTag("SqlError", (cause) => Effect.fail(new ArtifactsUnavailable({ operation: "sweep", cause }))))

  return Artifacts.of({ put, list, find, sweep })
})

export const layer = Layer.effect(Artifacts, make)
