import { expect } from "bun:test"
import { Deferred, Effect, Fiber, Layer, Stream } from "effect"
import { LARGEST_UPLOAD, MOST_KEPT, type NewUpload, Uploads } from "../../../src/domain/Uploads.ts"
import { ByteStore } from "../../../src/runtime/artifacts/ByteStore.ts"
import * as PgUploads from "../../../src/runtime/postgres/PgUploads.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { column, run } from "./asMember.ts"

const inDatabase = databaseTests(idle)

const written: Array<string> = []
const bytes = Layer.succeed(ByteStore, {
  id: "memory",
  write: (key, content) =>
    Effect.andThen(
      Effect.sync(() => written.push(key)),
      Stream.runDrain(content)
    ),
  read: () => Effect.succeed(Stream.empty),
  remove: (key) => Effect.sync(() => void written.splice(written.indexOf(key), 1))
})
const uploads = Layer.provide(PgUploads.layer, bytes)

const north: NewUpload = { name: "a.csv", contentType: "text/csv", organisationId: "north", createdBy: undefined }

const put = (upload: NewUpload, size: number) =>
  Effect.flatMap(Uploads, (service) => service.put(upload, Stream.make(new Uint8Array(size)))).pipe(
    Effect.provide(uploads)
  )

inDatabase(
  "keeps so much of an organisation's files, and does not count those of others",
  Effect.gen(function* () {
    yield* put(north, 8)
    yield* run(`UPDATE uploads SET size = ${MOST_KEPT - 10}`)

    const tooMuch = yield* Effect.flip(put(north, 11))
    yield* put(north, 10)
    const full = yield* Effect.flip(put(north, 1))
    yield* put({ ...north, organisationId: "south" }, 100)

    expect([tooMuch._tag, full._tag]).toEqual(["UploadsFull", "UploadsFull"])
    expect(yield* column("SELECT size::int8 < 200 FROM uploads ORDER BY id")).toEqual([false, true, true])
    expect(written).toHaveLength(3)
    expect(yield* column("SELECT key FROM artifact_leftovers")).toEqual([])
    expect(MOST_KEPT).toBeGreaterThan(LARGEST_UPLOAD)
  })
)

inDatabase(
  "counts what is on its way, also of files that never end",
  Effect.gen(function* () {
    const { put: putHere } = yield* Uploads
    const east = { ...north, organisationId: "east" }
    yield* putHere(east, Stream.make(new Uint8Array(1)))
    yield* run(`UPDATE uploads SET size = ${MOST_KEPT - 10} WHERE organisation_id = 'east'`)
    const came = yield* Deferred.make<void>()
    const standing = Stream.concat(
      Stream.make(new Uint8Array(6)),
      Stream.fromEffect(Effect.andThen(Deferred.succeed(came, undefined), Effect.never))
    )
    const first = yield* Effect.forkChild(putHere(east, standing))
    yield* Deferred.await(came)

    const refused = yield* Effect.flip(putHere(east, standing))
    yield* putHere({ ...north, organisationId: "south" }, Stream.make(new Uint8Array(6)))
    yield* Fiber.interrupt(first)
    yield* putHere(east, Stream.make(new Uint8Array(6)))

    expect(refused._tag).toBe("UploadsFull")
  }).pipe(Effect.provide(uploads))
)
