import { expect } from "bun:test"
import { Effect, Stream } from "effect"
import { ArtifactName, Artifacts } from "../../../src/domain/Artifacts.ts"
import { JobId } from "../../../src/domain/JobId.ts"
import { StepEvidences } from "../../../src/domain/StepEvidence.ts"
import * as PgStepEvidence from "../../../src/runtime/postgres/PgStepEvidence.ts"
import { artifactTests } from "../../support/ArtifactServices.ts"
import { column, insertJob } from "./asMember.ts"

const { inStore } = artifactTests()

inStore(
  "keeps nothing of an attempt once a newer one has begun, and replaces nothing",
  Effect.gen(function* () {
    const artifacts = yield* Artifacts
    const evidences = yield* StepEvidences
    const id = JobId.make(yield* insertJob({ status: "completed", attempt: 2 }))
    const name = ArtifactName.make("menu.csv")
    const putOf = (attempt: number, text: string) =>
      artifacts.put({ jobId: id, name, kind: "file", contentType: "text/csv", attempt }, Buffer.from(text))
    const keepOf = (attempt: number) =>
      evidences.keep(id, { attempt, step: "export", outcome: "completed", console: [], requests: [] })
    const kept = yield* putOf(2, "of the second")
    yield* keepOf(2)

    const refused = yield* Effect.flip(putOf(1, "of the first"))
    yield* keepOf(1)

    expect(refused._tag).toBe("JobNotFound")
    expect(yield* artifacts.list(id)).toEqual([kept])
    const { read } = yield* artifacts.find(id, name)
    expect(yield* Stream.mkString(Stream.decodeText(yield* read()))).toBe("of the second")
    expect(yield* column("SELECT key FROM artifact_leftovers")).toEqual([])
    expect((yield* evidences.list(id)).map(({ attempt }) => attempt)).toEqual([2])
  }).pipe(Effect.provide(PgStepEvidence.layer))
)
