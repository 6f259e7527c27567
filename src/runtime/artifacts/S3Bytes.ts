/** Bytes of artifacts in an S3-compatible bucket, for several machines that share a database. */
import { Effect, Exit, Layer, Redacted, Schema, Stream } from "effect"
import { ArtifactsUnavailable, type ByteRange, type Bytes } from "../../domain/Artifacts.ts"
import { percentDecoded } from "../percentDecoded.ts"
import { ByteStore } from "./ByteStore.ts"

/** One part of an upload; this much of a file is in memory. The smallest that S3 takes. */
const PART_BYTES = 5 * 1024 * 1024

/** Tries per part. */
const RETRIES = 3

interface Bucket {
  readonly endpoint: string
  readonly bucket: string
  readonly prefix: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** None when the text does not name a bucket. */
const bucketOf = (text: string): Bucket | undefined => {
  if (!URL.canParse(text)) return undefined
  const { host, password, pathname, protocol, searchParams, username } = new URL(text)
  const [bucket, ...folders] = (percentDecoded(pathname) ?? "").split("/").filter(Boolean)
  const [accessKeyId, secretAccessKey] = [percentDecoded(username), percentDecoded(password)]
  if (!/^s3(?:\+http)?:$/u.test(protocol) || host === "" || bucket === undefined) return undefined
  if (accessKeyId === undefined || !secretAccessKey) return undefined
  return {
    endpoint: `${protocol === "s3:" ? "https" : "http"}://${host}`,
    bucket,
    prefix: folders.map((folder) => `${folder}/`).join(""),
    region: searchParams.get("region") ?? "us-east-1",
    accessKeyId,
    secretAccessKey
  }
}

export const ArtifactsUrl = Schema.String.check(
  Schema.makeFilter((text: string) =>
    bucketOf(text) === undefined ? "must be like s3://key:secret@host/bucket/prefix?region=eu-central-1" : true
  )
)

const unavailable = (operation: string) => (cause: unknown) => new ArtifactsUnavailable({ operation, cause })

const attempt = <A>(operation: string, work: () => Promise<A>) =>
  Effect.tryPromise({ try: work, catch: unavailable(operation) })

/** Amazon's own does not mind, others answer 404. */
const unlessMissing = (error: unknown): void => {
  if (!(error instanceof Error && "code" in error && error.code === "NoSuchKey")) throw error
}

/** Bun completes an upload also when it is ended with an error, so what was cut off is removed by name. */
const openUpload = (file: Bun.S3File) =>
  Effect.acquireRelease(
    Effect.sync(() => file.writer({ partSize: PART_BYTES, retry: RETRIES, type: "application/octet-stream" })),
    (upload, exit) =>
      Exit.isSuccess(exit)
        ? Effect.void
        : Effect.ignore(
            attempt("write", async () => {
              await upload.end()
              await file.delete()
            })
          )
  )

const make = ({ prefix, ...options }: Bucket) => {
  const client = new Bun.S3Client(options)
  const fileOf = (key: string) => client.file(`${prefix}${key}`)

  const write = <E>(key: string, content: Bytes<E>) =>
    Effect.gen(function* () {
      const upload = yield* openUpload(fileOf(key))
      // Without waiting for each part the whole file would pile up in memory.
      yield* Stream.runForEach(content, (chunk) =>
        attempt("write", async () => {
          await upload.write(chunk)
          await upload.flush()
        })
      )
      yield* attempt("write", async () => upload.end())
    }).pipe(Effect.scoped)

  const read = (key: string, range?: ByteRange) =>
    attempt("read", async () => {
      const file = fileOf(key)
      if (!(await file.exists())) throw new Error("The file is not in the bucket.")
      return range === undefined ? file : file.slice(range.from, range.until)
    }).pipe(
      Effect.map((file) => Stream.fromReadableStream({ evaluate: () => file.stream(), onError: unavailable("read") }))
    )

  const { bucket, endpoint } = options
  return ByteStore.of({
    id: `s3:${endpoint}/${bucket}/${prefix}`,
    write,
    read,
    remove: (key) => attempt("remove", () => fileOf(key).delete().catch(unlessMissing))
  })
}

/** The URL is one that `ArtifactsUrl` took. */
export const layer = (url: Redacted.Redacted) =>
  Layer.effect(
    ByteStore,
    Effect.sync(() => make(bucketOf(Redacted.value(url))!))
  )

/** Any name that no artifact has. */
const NO_FILE = "callboard-doctor"

const codeOf = (cause: unknown): string =>
  cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "unknown"

/** One small read: where it went, and the code of the refusal when that was one. The URL is one that `ArtifactsUrl` took. */
export const askBucket = (url: string) => {
  const { prefix, ...options } = bucketOf(url)!
  const file = new Bun.S3Client(options).file(`${prefix}${NO_FILE}`)
  // HEAD, which `exists` is, tells no refusal from another one.
  const refusal = Effect.promise(() => file.text().then(() => undefined, codeOf))
  const place = `${options.endpoint}/${options.bucket}`
  return Effect.map(refusal, (code) => ({ place, ...(code !== undefined && code !== "NoSuchKey" && { code }) }))
}
