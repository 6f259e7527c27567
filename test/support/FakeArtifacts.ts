/** Files and evidence of jobs in memory, behind the contracts that API and board use. */
import { DateTime, Effect, Layer, Stream } from "effect"
import { type Artifact, ArtifactNotFound, Artifacts, ArtifactsUnavailable } from "../../src/domain/Artifacts.ts"
import type { JobRef } from "../../src/domain/JobId.ts"
import { type StepEvidence, StepEvidences } from "../../src/domain/StepEvidence.ts"

export class FakeArtifacts {
  readonly files = new Map<string, Array<{ readonly artifact: Artifact; readonly bytes: Buffer }>>()
  readonly evidence = new Map<string, ReadonlyArray<StepEvidence>>()
  /** The store does not answer. */
  isDown = false

  /** Either id of the job; files are found under the one they were added with. */
  add(ref: JobRef, name: string, content: string, fields: Partial<Artifact> = {}): Artifact {
    const bytes = Buffer.from(content)
    const artifact = {
      name: name as Artifact["name"],
      kind: "file" as const,
      contentType: "text/plain",
      size: bytes.length,
      sha256: new Bun.CryptoHasher("sha256").update(bytes).digest("hex"),
      createdAt: DateTime.makeUnsafe("2026-03-01T10:00:00.000Z"),
      ...fields
    }
    this.files.set(ref, [...(this.files.get(ref) ?? []), { artifact, bytes }])
    return artifact
  }

  get layer() {
    return Layer.merge(
      Layer.mock(Artifacts, {
        list: (ref) => Effect.sync(() => (this.files.get(ref) ?? []).map(({ artifact }) => artifact)),
        find: (ref, name) =>
          Effect.suspend(() => {
            const found = this.files.get(ref)?.find(({ artifact }) => artifact.name === name)
            if (found === undefined) return Effect.fail(new ArtifactNotFound({ name }))
            const { artifact, bytes } = found
            return Effect.succeed({
              artifact,
              read: (range) =>
                this.isDown
                  ? Effect.fail(new ArtifactsUnavailable({ operation: "read", cause: new Error("down") }))
                  : Effect.succeed(Stream.make(range ? bytes.subarray(range.from, range.until) : bytes))
            })
          })
      }),
      Layer.mock(StepEvidences, { list: (ref) => Effect.sync(() => this.evidence.get(ref) ?? []) })
    )
  }
}
