/** Artifacts and evidence on a database and in a folder of their own, for the tests of one file. */
import { afterAll } from "bun:test"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer, ManagedRuntime } from "effect"
import * as FileBytes from "../../src/runtime/artifacts/FileBytes.ts"
import * as PgArtifacts from "../../src/runtime/postgres/PgArtifacts.ts"
import * as PgJobs from "../../src/runtime/postgres/PgJobs.ts"
import * as PgStepEvidence from "../../src/runtime/postgres/PgStepEvidence.ts"
import * as PgUpkeep from "../../src/runtime/postgres/PgUpkeep.ts"
import { SecretBox } from "../../src/runtime/SecretBox.ts"
import { loadSecretKey } from "../../src/runtime/SecretKey.ts"
import { it } from "./effect.ts"
import { emptyTables } from "./emptyTables.ts"
import { idle, typesLayer } from "./scripts.ts"
import { TestDatabase } from "./TestDatabase.ts"

/** Gives `inStore(name, body)`: a test with empty tables and no bytes. `folder` is where the bytes are. */
export const artifactTests = () => {
  const folder = mkdtempSync(join(tmpdir(), "callboard-artifacts-"))
  const foundation = Layer.mergeAll(
    TestDatabase.layer,
    typesLayer(idle),
    Layer.unwrap(Effect.map(loadSecretKey(folder), SecretBox.layer)),
    FileBytes.layer(join(folder, "artifacts"))
  )
  const services = Layer.mergeAll(PgArtifacts.layer, PgStepEvidence.layer, PgJobs.layer, PgUpkeep.layer())
  const runtime = ManagedRuntime.make(services.pipe(Layer.provideMerge(foundation)))
  afterAll(async () => {
    await runtime.dispose()
    rmSync(folder, { recursive: true })
  })

  const bytes = join(folder, "artifacts")
  const empty = Effect.gen(function* () {
    yield* emptyTables("script_jobs", "job_queue", "artifact_leftovers")
    yield* Effect.sync(() => {
      for (const name of readdirSync(bytes)) if (name !== "id") rmSync(join(bytes, name), { recursive: true })
    })
  })
  const inStore = <A, E>(
    name: string,
    body: Effect.Effect<A, E, ManagedRuntime.ManagedRuntime.Services<typeof runtime>>
  ) => it.live(name, () => Effect.promise(() => runtime.runPromise(Effect.andThen(empty, body))))
  return { folder: bytes, inStore }
}
