import { expect } from "bun:test"
import { createHash } from "node:crypto"
import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { Glob } from "bun"
import { Duration, Effect, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { ArtifactName, Artifacts, type NewArtifact } from "../../../src/domain/Artifacts.ts"
import { JobId } from "../../../src/domain/JobId.ts"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { Upkeep } from "../../../src/domain/Upkeep.ts"
import { ByteStore } from "../../../src/runtime/artifacts/ByteStore.ts"
import * as PgJobQueue from "../../../src/runtime/postgres/PgJobQueue.ts"
import { artifactTests } from "../../support/ArtifactServices.ts"
import { as, claimsOf, column, insertJob, refusal, run } from "./asMember.ts"

const { folder, inStore } = artifactTests()

const aFile = (jobId: JobId, fields: Partial<NewArtifact> = {}): NewArtifact => ({
  jobId,
  name: ArtifactName.make("menu.csv"),
  kind: "file",
  contentType: "text/csv",
  ...fields
})

const endedJob = (fields: Record<string, unknown> = {}) =>
  Effect.map(insertJob({ status: "completed", ...fields }), (id) => JobId.make(id))

const textOf = (jobId: JobId, name: string, range?: { from: number; until: number }) =>
  Effect.gen(function* () {
    const { read } = yield* (yield* Artifacts).find(jobId, name)
    return yield* Stream.mkString(Stream.decodeText(yield* read(range)))
  })

/** Files with bytes of artifacts, whole or in parts. */
const filesInFolder = () => [...new Glob("*/*").scanSync(folder)]

const leftovers = column("SELECT key FROM artifact_leftovers")

inStore(
  "keeps a file as it streams, with its size and hash, and reads it whole or in part",
  Effect.gen(function* () {
    const artifacts = yield* Artifacts
    const id = yield* endedJob()
    const chunks = Stream.fromIterable(["name;price\n", "Marinara;8\n"]).pipe(Stream.encodeText)

    const kept = yield* artifacts.put(aFile(id, { attempt: 2, step: "export" }), chunks)

    const whole = "name;price\nMarinara;8\n"
    expect(kept).toMatchObject({
      name: "menu.csv",
      kind: "file",
      size: whole.length,
      sha256: createHash("sha256").update(whole).digest("hex"),
      attempt: 2,
      step: "export"
    })
    expect(yield* artifacts.list(id)).toEqual([kept])
    expect(yield* textOf(id, "menu.csv")).toBe(whole)
    expect(yield* textOf(id, "menu.csv", { from: 5, until: 10 })).toBe("price")
    expect(yield* leftovers).toEqual([])
  })
)

inStore(
  "replaces a file of the same name only when the new one is whole",
  Effect.gen(function* () {
    const artifacts = yield* Artifacts
    const id = yield* endedJob()
    yield* artifacts.put(aFile(id), Buffer.from("first"))

    const broken = Stream.concat(Stream.make(Buffer.from("half")), Stream.fail("source broke"))
    const failure = yield* Effect.flip(artifacts.put(aFile(id), broken))
    const before = yield* textOf(id, "menu.csv")
    yield* artifacts.put(aFile(id), Buffer.from("second"))

    expect(failure).toBe("source broke")
    expect(before).toBe("first")
    expect(yield* textOf(id, "menu.csv")).toBe("second")
    expect(yield* artifacts.sweep).toBe(1)
    expect(filesInFolder()).toHaveLength(1)
  })
)

inStore(
  "removes the files of a job that is removed, and nobody else's",
  Effect.gen(function* () {
    const artifacts = yield* Artifacts
    const [gone, stays] = [yield* endedJob(), yield* endedJob()]
    for (const id of [gone, stays]) {
      for (const name of ["a.jpg", "b.jpg"]) {
        yield* artifacts.put(aFile(id, { name: ArtifactName.make(name) }), Buffer.from(name))
      }
    }

    yield* (yield* Jobs).remove(gone)
    const swept = yield* artifacts.sweep

    expect(swept).toBe(2)
    expect(filesInFolder()).toHaveLength(2)
    expect(yield* textOf(stays, "b.jpg")).toBe("b.jpg")
    expect((yield* Effect.flip(artifacts.list(gone)))._tag).toBe("JobNotFound")
    expect(yield* leftovers).toEqual([])
  })
)

inStore(
  "removes the files of jobs past their retention with them",
  Effect.gen(function* () {
    const artifacts = yield* Artifacts
    const at = Date.now() - Duration.toMillis("40 days")
    const fields = { completed_at: new Date(at).toISOString(), created_at: new Date(at).toISOString() }
    const old = yield* endedJob({ id: Bun.randomUUIDv7("hex", at), ...fields })
    const young = yield* endedJob()
    for (const id of [old, young]) yield* artifacts.put(aFile(id), Buffer.from("x"))

    const removed = yield* (yield* Upkeep).removeOld(Duration.days(30))
    yield* artifacts.sweep

    expect(removed).toBe(1)
    expect(filesInFolder()).toHaveLength(1)
    expect(yield* textOf(young, "menu.csv")).toBe("x")
  })
)

inStore(
  "leaves nothing for ever when the process ends between bytes and row",
  Effect.gen(function* () {
    const artifacts = yield* Artifacts
    const id = yield* endedJob()
    // What such an end leaves: the key is announced, bytes are there, whole or not, and no row.
    yield* artifacts.put(aFile(id), Buffer.from("written"))
    yield* run("ALTER TABLE job_artifacts DISABLE TRIGGER job_artifacts_leave_bytes")
    yield* run(`WITH gone AS (DELETE FROM job_artifacts RETURNING store, key)
      INSERT INTO artifact_leftovers SELECT store, key, now() + interval '1 day' FROM gone`)
    yield* run("ALTER TABLE job_artifacts ENABLE TRIGGER job_artifacts_leave_bytes")

    const tooEarly = yield* artifacts.sweep
    yield* run("UPDATE artifact_leftovers SET remove_after = now() - interval '1 second'")
    const inTime = yield* artifacts.sweep

    expect([tooEarly, inTime]).toEqual([0, 1])
    expect(filesInFolder()).toEqual([])
  })
)

inStore(
  "removes the other files when one cannot be removed, and tries that again later",
  Effect.gen(function* () {
    const artifacts = yield* Artifacts
    const id = yield* endedJob()
    for (const name of ["a.jpg", "b.jpg"]) {
      yield* artifacts.put(aFile(id, { name: ArtifactName.make(name) }), Buffer.from(name))
    }
    const [stuck] = yield* column("SELECT key FROM job_artifacts ORDER BY name")
    // A folder in the place of the file.
    const path = join(folder, String(stuck).slice(-2), String(stuck))
    rmSync(path)
    mkdirSync(join(path, "inner"), { recursive: true })

    yield* (yield* Jobs).remove(id)
    const first = yield* artifacts.sweep
    const tooEarly = yield* artifacts.sweep
    const left = yield* leftovers
    rmSync(path, { recursive: true })
    yield* run("UPDATE artifact_leftovers SET remove_after = now()")
    const later = yield* artifacts.sweep

    expect([first, tooEarly, later]).toEqual([1, 0, 1])
    expect(left).toEqual([stuck])
    expect(yield* leftovers).toEqual([])
  })
)

inStore(
  "keeps no file whose upload took so long that a sweep has its bytes in hand",
  Effect.gen(function* () {
    const artifacts = yield* Artifacts
    const id = yield* endedJob()
    const sweepBegins = run("UPDATE artifact_leftovers SET remove_after = now() + interval '9 minutes'")
    const context = yield* Effect.context<SqlClient.SqlClient>()
    const slow = Stream.fromEffect(Effect.provideContext(Effect.as(sweepBegins, Buffer.from("x")), context))

    const failure = yield* Effect.flip(artifacts.put(aFile(id), slow))

    expect((failure as { readonly _tag: string })._tag).toBe("JobNotFound")
    expect(yield* artifacts.list(id)).toEqual([])
    expect(filesInFolder()).toEqual([])
  })
)

inStore(
  "lets a worker know by its beat that bytes wait to be removed in its store, and of no others",
  Effect.gen(function* () {
    const artifacts = yield* Artifacts
    const { id: store } = yield* ByteStore
    const id = yield* endedJob()
    const worker = { name: "worker-a", bootId: crypto.randomUUID() }
    const untidy = Effect.flatMap(JobQueue, ({ beat }) => Effect.map(beat([], "claiming"), (news) => news.untidy)).pipe(
      Effect.provide(PgJobQueue.layer({ worker, places: {}, store, leaseTime: Duration.seconds(30) }))
    )
    yield* artifacts.put(aFile(id), Buffer.from("x"))
    yield* run("INSERT INTO artifact_leftovers (store, key) VALUES ('folder:elsewhere', 'k')")

    const before = yield* untidy
    yield* (yield* Jobs).remove(id)
    const waiting = yield* untidy
    yield* artifacts.sweep

    expect([before, waiting, yield* untidy]).toEqual([false, true, false])
  })
)

inStore(
  "keeps nothing of a job that does not exist",
  Effect.gen(function* () {
    const artifacts = yield* Artifacts

    const failure = yield* Effect.flip(artifacts.put(aFile(JobId.make(Bun.randomUUIDv7())), Buffer.from("x")))

    expect(failure._tag).toBe("JobNotFound")
    expect(filesInFolder()).toEqual([])
    expect(yield* leftovers).toEqual([])
  })
)

inStore(
  "finds a file only under its own job and its exact name",
  Effect.gen(function* () {
    const artifacts = yield* Artifacts
    const [id, other] = [yield* endedJob(), yield* endedJob()]
    yield* artifacts.put(aFile(id), Buffer.from("x"))
    const [key] = yield* column("SELECT key FROM job_artifacts")

    for (const name of ["", "menu", "MENU.CSV", "../id", `../${key}`, String(key), "menu.csv/../../id", "%2e%2e"]) {
      expect((yield* Effect.flip(artifacts.find(id, name)))._tag).toBe("ArtifactNotFound")
    }
    expect((yield* Effect.flip(artifacts.find(other, "menu.csv")))._tag).toBe("ArtifactNotFound")
  })
)

inStore(
  "says that a file of another machine's folder cannot be read here, and leaves its bytes alone",
  Effect.gen(function* () {
    const artifacts = yield* Artifacts
    const id = yield* endedJob()
    yield* artifacts.put(aFile(id), Buffer.from("x"))
    yield* run("UPDATE job_artifacts SET store = 'folder:elsewhere'")
    yield* artifacts.sweep

    const failure = yield* Effect.flip(textOf(id, "menu.csv"))
    yield* (yield* Jobs).remove(id)

    expect(failure._tag).toBe("ArtifactsUnavailable")
    expect(yield* artifacts.sweep).toBe(0)
    expect(yield* column("SELECT store FROM artifact_leftovers")).toEqual(["folder:elsewhere"])
  })
)

inStore(
  "shows members the files of their organisation, and nobody where the bytes are",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const north = yield* endedJob({ organisation_id: "north" })
    const south = yield* endedJob({ organisation_id: "south" })
    for (const id of [north, south]) {
      yield* (yield* Artifacts).put(aFile(id), Buffer.from("x"))
      yield* sql`INSERT INTO job_evidence (job_id, attempt, step, outcome) VALUES (${id}::uuid, 1, 'first', 'failed')`
    }
    const ann = as(claimsOf("ann", "north"))

    expect(yield* ann(column("SELECT job_id FROM job_artifacts"))).toEqual([north])
    expect(yield* ann(column("SELECT job_id FROM job_evidence"))).toEqual([north])
    for (const statement of [
      "SELECT key FROM job_artifacts",
      "SELECT 1 FROM artifact_leftovers",
      "DELETE FROM job_evidence"
    ]) {
      expect(yield* refusal(ann(run(statement)))).toBe("42501")
    }
  })
)
