import { expect } from "bun:test"
import { Effect, Exit, Layer, Redacted, Schema, Stream } from "effect"
import { ByteStore } from "../../../src/runtime/artifacts/ByteStore.ts"
import * as S3Bytes from "../../../src/runtime/artifacts/S3Bytes.ts"
import { it } from "../../support/effect.ts"
import { openBucket } from "../../support/TestBucket.ts"

const openStore = Effect.gen(function* () {
  const bucket = yield* openBucket
  const context = yield* Layer.build(S3Bytes.layer(Redacted.make(bucket.url)))
  return { ...bucket, store: yield* Effect.provideContext(ByteStore, context) }
})

const MIB = 1024 * 1024

it.live("streams a large file in parts, and reads it whole and in part", () =>
  Effect.gen(function* () {
    const { largestPart, objects, store } = yield* openStore
    const chunks = Stream.range(0, 12).pipe(Stream.map((n) => new Uint8Array(MIB).fill(n)))

    yield* store.write("key", chunks)
    const whole = yield* Stream.runFold(
      yield* store.read("key"),
      () => 0,
      (size, chunk) => size + chunk.length
    )
    const part = yield* Stream.runCollect(yield* store.read("key", { from: 3 * MIB - 1, until: 3 * MIB + 1 }))

    expect([...objects.keys()]).toEqual(["/bucket/some/folder/key"])
    expect(whole).toBe(13 * MIB)
    expect(Buffer.concat(part)).toEqual(Buffer.from([2, 3]))
    expect(largestPart()).toBeLessThan(7 * MIB)
  })
)

it.live("leaves nothing of a file whose source broke", () =>
  Effect.gen(function* () {
    const { objects, store } = yield* openStore

    const exit = yield* Effect.exit(
      store.write("key", Stream.concat(Stream.make(new Uint8Array(6 * MIB)), Stream.fail("source broke")))
    )

    expect(exit).toEqual(Exit.fail("source broke"))
    expect([...objects.keys()]).toEqual([])
  })
)

it.live("removes a file, and what is not there, and says that a removed one cannot be read", () =>
  Effect.gen(function* () {
    const { objects, store } = yield* openStore
    yield* store.write("key", Stream.make(Buffer.from("hello")))

    yield* store.remove("key")
    yield* store.remove("key")
    const failure = yield* Effect.flip(store.read("key"))

    expect(objects.size).toBe(0)
    expect(failure._tag).toBe("ArtifactsUnavailable")
  })
)

it.live("names the store without its secret, and refuses addresses that name no bucket", () =>
  Effect.gen(function* () {
    const { store } = yield* openStore
    const isUrl = Schema.is(S3Bytes.ArtifactsUrl)

    expect(store.id).toMatch(/^s3:http:\/\/[^@]+\/bucket\/some\/folder\/$/u)
    expect(isUrl("s3://key:secret@s3.example.com/bucket")).toBe(true)
    for (const text of ["https://key:secret@host/bucket", "s3://host/bucket", "s3://key:secret@host", "bucket"]) {
      expect(isUrl(text)).toBe(false)
    }
  })
)
