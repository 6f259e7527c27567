/**
 * Files that people send for a job to read. They go after a day, but not as long as a job waits for them: a check whose
 * import may be started days later, or an import that has yet to run or may be tried again.
 */
import { Context, Duration, type Effect, Schema } from "effect"
import type { ArtifactsUnavailable, Bytes } from "./Artifacts.ts"
import { Time } from "./Job.ts"
import type { JobsUnavailable } from "./Jobs.ts"

/** Bytes of one file: 100 MiB. */
export const LARGEST_UPLOAD = 100 * 1_024 ** 2

/** Bytes that an organisation may have here at a time: 2 GiB. */
export const MOST_KEPT = 2 * 1_024 ** 3

export const UPLOAD_LIFETIME = Duration.days(1)

export const UploadId = Schema.String.check(Schema.isUUID()).pipe(Schema.brand("UploadId"))
export type UploadId = typeof UploadId.Type

export const Upload = Schema.Struct({
  id: UploadId,
  name: Schema.String,
  contentType: Schema.String,
  /** Bytes. */
  size: Schema.Int,
  /** Of the bytes, in hexadecimal digits. */
  sha256: Schema.String,
  createdAt: Time,
  expiresAt: Time
}).annotate({ identifier: "Upload" })
export type Upload = typeof Upload.Type

export interface NewUpload {
  readonly name: string
  readonly contentType: string
  readonly organisationId: string
  readonly createdBy: string | undefined
}

export class UploadNotFound extends Schema.TaggedError<UploadNotFound>()("UploadNotFound", { id: Schema.String }) {}

/** The organisation's files leave no room for this one. */
export class UploadsFull extends Schema.TaggedError<UploadsFull>()("UploadsFull", {}) {}

export interface FoundUpload {
  readonly upload: Upload
  readonly read: Effect.Effect<Bytes<ArtifactsUnavailable>, ArtifactsUnavailable>
}

export class Uploads extends Context.Service<
  Uploads,
  {
    /** Keeps a file as it comes, without holding it in memory, if its organisation has room for it. */
    readonly put: <E>(
      upload: NewUpload,
      content: Bytes<E>
    ) => Effect.Effect<Upload, E | UploadsFull | ArtifactsUnavailable | JobsUnavailable>
    /** Of this organisation, and not gone. */
    readonly find: (
      id: UploadId,
      organisationId: string
    ) => Effect.Effect<FoundUpload, UploadNotFound | JobsUnavailable>
  }
>()("callboard/domain/Uploads") {}
