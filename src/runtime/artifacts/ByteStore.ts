/** Where the bytes of artifacts are: a folder or a bucket. Keys are made by us and say nothing. */
import { Context, type Effect } from "effect"
import type { ArtifactsUnavailable, ByteRange, Bytes } from "../../domain/Artifacts.ts"

export class ByteStore extends Context.Service<
  ByteStore,
  {
    /** Names this store among all that artifacts of the database may be in. */
    readonly id: string
    /** Nobody sees the bytes before all of them are there; a failed write leaves nothing. */
    readonly write: <E>(key: string, content: Bytes<E>) => Effect.Effect<void, E | ArtifactsUnavailable>
    readonly read: (key: string, range?: ByteRange) => Effect.Effect<Bytes<ArtifactsUnavailable>, ArtifactsUnavailable>
    /** What is not there counts as removed. */
    readonly remove: (key: string) => Effect.Effect<void, ArtifactsUnavailable>
  }
>()("callboard/runtime/ByteStore") {}
