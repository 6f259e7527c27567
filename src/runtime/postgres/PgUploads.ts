import { createHash } from "node:crypto"
import { Duration, Effect, Exit, Layer, Schema, Stream } from "effect"
import { SqlClient } from "effect/sql"
import type { Bytes } from "../../domain/Artifacts.ts"
import {
  MOST_KEPT,
  type NewUpload,
  UPLOAD_LIFETIME,
  UploadId,
  UploadNotFound,
  Uploads,
  UploadsFull
} from "../../domain/Uploads.ts"
import { ByteStore } from "../artifacts/ByteStore.ts"
import { newId } from "../newId.ts"
import { awaitedUploads } from "./awaitedUploads.ts"
import { answered } from "./callFailures.ts"

/** Bytes of an upload that broke off are removed after it. */
const LONGEST_UPLOAD = "1 day"

const UploadRow = Schema.Struct({
  id: UploadId,
  name: Schema.String,
  contentType: Schema.String,
  size: Schema.Int,
  sha256: Schema.String,
  createdAt: Schema.DateTimeUtcFromDate,
  expiresAt: Schema.DateTimeUtcFromDate,
  key: Schema.String
})

/** What an organisation's files take up, as far as this process knows while some of them come. */
interface Room {
  uploads: number
  kept: number
  coming: number
}

const decodeRows = Schema.decodeUnknownEffect(Schema.Array(UploadRow))

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const store = yield* ByteStore
  const columns = sql.literal("id, name, content_type, size::float8 AS size, sha256, created_at, expires_at, key")

  const rooms = new Map<string, Room>()

  /** Of the organisation, as long as one of its files comes. */
  const roomOf = (organisationId: string) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const room = rooms.get(organisationId) ?? { uploads: 0, kept: 0, coming: 0 }
        room.uploads += 1
        rooms.set(organisationId, room)
        return room
      }),
      (room) =>
        Effect.sync(() => {
          room.uploads -= 1
          if (room.uploads === 0) rooms.delete(organisationId)
        })
    )

  /** As the database has it: files that come to other processes are not seen until they are here. */
  const checkRoom = (room: Room, organisationId: string, bytes: number) =>
    sql<{ kept: number }>`
      SELECT coalesce(sum(size), 0)::float8 AS kept FROM uploads WHERE organisation_id = ${organisationId}`.pipe(
      answered("upload"),
      Effect.flatMap(([row]) => {
        room.kept = row?.kept ?? 0
        return room.kept + bytes > MOST_KEPT ? Effect.fail(new UploadsFull()) : Effect.void
      })
    )

  /** The key is known as a leftover until the row is there, so that no order of crashes leaves bytes for ever. */
  const put = <E>(upload: NewUpload, content: Bytes<E>) =>
    Effect.gen(function* () {
      const key = crypto.randomUUID()
      const hash = createHash("sha256")
      let size = 0
      const room = yield* roomOf(upload.organisationId)
      yield* Effect.addFinalizer((exit) =>
        Effect.sync(() => {
          room.coming -= size
          if (Exit.isSuccess(exit)) room.kept += size
        })
      )
      // Those that come together count each other: an upload that never ends is never counted otherwise.
      const measured = Stream.mapEffect(content, (chunk) => {
        hash.update(chunk)
        size += chunk.byteLength
        room.coming += chunk.byteLength
        return room.kept + room.coming > MOST_KEPT ? Effect.fail(new UploadsFull()) : Effect.succeed(chunk)
      })
      yield* checkRoom(room, upload.organisationId, 1)
      yield* sql`INSERT INTO artifact_leftovers (store, key, remove_after)
        VALUES (${store.id}, ${key}, now() + ${LONGEST_UPLOAD}::interval)`.pipe(answered("upload"))
      const keepRow = Effect.suspend(
        () => sql`
          WITH mine AS (DELETE FROM artifact_leftovers WHERE store = ${store.id} AND key = ${key} RETURNING key)
          INSERT INTO uploads (id, organisation_id, created_by, name, content_type, size, sha256, store, key, expires_at)
          SELECT ${newId()}::uuid, ${upload.organisationId}, ${upload.createdBy ?? null}::text, ${upload.name},
            ${upload.contentType}, ${size}::float8::bigint, ${hash.digest("hex")}, ${store.id}, mine.key,
            now() + ${Duration.toSeconds(UPLOAD_LIFETIME)} * interval '1 second'
          FROM mine RETURNING ${columns}`
      ).pipe(Effect.flatMap(decodeRows), answered("upload"))
      const takeBack = store
        .remove(key)
        .pipe(
          Effect.andThen(sql`DELETE FROM artifact_leftovers WHERE store = ${store.id} AND key = ${key}`),
          Effect.ignore
        )
      const rows = yield* store.write(key, measured).pipe(
        Effect.andThen(Effect.suspend(() => checkRoom(room, upload.organisationId, size))),
        Effect.andThen(keepRow),
        Effect.onExit((exit) => (Exit.isSuccess(exit) ? Effect.void : takeBack))
      )
      const [row] = rows
      if (row === undefined) return yield* Effect.die(new Error("The upload took longer than a day."))
      const { key: _, ...kept } = row
      return kept
    }).pipe(Effect.scoped, Effect.withSpan("Uploads.put"))

  const find = Effect.fn("Uploads.find")(function* (id: UploadId, organisationId: string) {
    const it = sql`SELECT * FROM uploads WHERE id = ${id}::uuid AND organisation_id = ${organisationId}`
    const [row] = yield* sql`
      SELECT ${columns} FROM (${it}) it WHERE expires_at > now() OR EXISTS (${awaitedUploads(sql, it)})`.pipe(
      Effect.flatMap(decodeRows),
      answered("upload")
    )
    if (row === undefined) return yield* new UploadNotFound({ id })
    const { key, ...upload } = row
    return { upload, read: store.read(key) }
  })

  return Uploads.of({ put, find })
})

export const layer = Layer.effect(Uploads, make)
