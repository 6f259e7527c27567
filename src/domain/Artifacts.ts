/**
 * Files that a job leaves behind: pictures of its browser, traces, exports. What is known of a file is in the database,
 * its bytes are in a folder or a bucket. A file is there when its row is: the row is written last and removed first, and
 * bytes without a row are swept up.
 */
import { Context, type DateTime, type Effect, Schema, type Stream } from "effect"
import { Time } from "./Job.ts"
import type { JobId, JobRef } from "./JobId.ts"
import type { JobNotFound, JobsUnavailable } from "./Jobs.ts"

/** `picture` and `page` (its words) show what a browser showed, `trace` is Playwright's, `file` is a script's own. */
export const ArtifactKind = Schema.Literals(["picture", "page", "trace", "file"])
export type ArtifactKind = typeof ArtifactKind.Type

/** Unique within its job. Nothing in it can be taken for a path. */
export const ArtifactName = Schema.String.check(
  Schema.isPattern(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/u, {
    message: "Expected 1 to 100 letters, digits, dots, dashes and underscores that start with a letter or digit"
  })
).pipe(Schema.brand("ArtifactName"))
export type ArtifactName = typeof ArtifactName.Type

export const Artifact = Schema.Struct({
  name: ArtifactName,
  kind: ArtifactKind,
  contentType: Schema.String,
  /** Bytes. */
  size: Schema.Int,
  /** Of the bytes, in hexadecimal digits. */
  sha256: Schema.String,
  attempt: Schema.optionalKey(Schema.Int),
  step: Schema.optionalKey(Schema.String),
  createdAt: Time,
  /** When it is removed, where that is before its job. */
  expiresAt: Schema.optionalKey(Time)
}).annotate({ identifier: "Artifact" })
export type Artifact = typeof Artifact.Type

export interface NewArtifact {
  readonly jobId: JobId
  readonly name: ArtifactName
  readonly kind: ArtifactKind
  readonly contentType: string
  readonly attempt?: number
  readonly step?: string
  readonly expiresAt?: DateTime.Utc
}

/** The bytes cannot be written or read right now, or are on a machine that this one cannot reach. */
export class ArtifactsUnavailable extends Schema.TaggedError<ArtifactsUnavailable>()("ArtifactsUnavailable", {
  operation: Schema.String,
  cause: Schema.Defect()
}) {}

export class ArtifactNotFound extends Schema.TaggedError<ArtifactNotFound>()("ArtifactNotFound", {
  name: Schema.String
}) {}

/** Bytes `from` (counted from 0) up to, but not including, `until`. */
export interface ByteRange {
  readonly from: number
  readonly until: number
}

export type Bytes<E = never> = Stream.Stream<Uint8Array, E>

export interface FoundArtifact {
  readonly artifact: Artifact
  /** Fails at once where the bytes are not to be had; a stream that has begun can still break. */
  readonly read: (range?: ByteRange) => Effect.Effect<Bytes<ArtifactsUnavailable>, ArtifactsUnavailable>
}

/** The most that is listed of one job. */
export const MOST_ARTIFACTS = 1_000

export class Artifacts extends Context.Service<
  Artifacts,
  {
    /**
     * Keeps a file as it comes, without holding it in memory. One of the same name is replaced once this one is whole. For
     * a file of an attempt the job is not there any more once a newer attempt has begun: a worker that froze and lost its
     * lease replaces nothing.
     */
    readonly put: <E = never>(
      artifact: NewArtifact,
      content: Uint8Array | Bytes<E>
    ) => Effect.Effect<Artifact, E | ArtifactsUnavailable | JobNotFound | JobsUnavailable>
    /** In the order in which they were made. */
    readonly list: (ref: JobRef) => Effect.Effect<ReadonlyArray<Artifact>, JobNotFound | JobsUnavailable>
    readonly find: (
      ref: JobRef,
      name: string
    ) => Effect.Effect<FoundArtifact, JobNotFound | ArtifactNotFound | JobsUnavailable>
    /** What is not there counts as removed. */
    readonly remove: (jobId: JobId, names: ReadonlyArray<ArtifactName>) => Effect.Effect<void, JobsUnavailable>
    /** Removes the bytes of files that are gone. Returns how many. */
    readonly sweep: Effect.Effect<number, ArtifactsUnavailable | JobsUnavailable>
  }
>()("callboard/domain/Artifacts") {}
