import { expect } from "bun:test"
import { join } from "node:path"
import { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { clientOptions } from "../../src/runtime/postgres/PgDatabase.ts"
import { aiScripts } from "../../src/scripts/ai/AiScripts.ts"
import { dataScripts } from "../../src/scripts/data/DataScripts.ts"
import { type RunningCallboard, type SeenJob, startCallboard, temporaryDirectory } from "../support/CallboardProcess.ts"
import { letGo, reachedCount, setCrashPoints } from "../support/crashPoints.ts"
import { it } from "../support/effect.ts"
import { startFakeAi } from "../support/FakeAi.ts"
import { stepAnswers, stepOf, tagOf } from "../support/stepAnswers.ts"
import { TestPostgres } from "../support/TestPostgres.ts"

/** Processes start slowly where several people work. */
const LONGEST_MS = 300_000

/** Rows of each import: more than its worker makes jobs of at once. */
const IMPORTED = 1_100
const EXPORTED = 40

/** A job type of the configuration file, paused here: its jobs are only made and listed. */
const ROW_TYPE = "gated"

const rowsOf = (tag: string) =>
  Array.from({ length: IMPORTED }, (_, index) => `${tag} row ${index + 1},none\n`).join("")

const inputs: Readonly<Record<string, (tag: string) => object>> = {
  ai_trip_generation: (tag) => ({ destination: `Lisbon ${tag}`, days: 3, budget: 190 }),
  ai_research: (tag) => ({ question: `When is ${tag} quiet?`, depth: "quick" }),
  ai_optimization: (tag) => ({
    days: [{ items: [{ id: "market", title: "Market", start: "10:00", end: "11:00" }] }],
    goals: [`less walking in ${tag}`]
  }),
  ai_concierge_query: (tag) => ({ question: `What of ${tag} failed?` }),
  data_export: (tag) => ({ of: "jobs", format: "csv", filter: { label: tag } }),
  bulk_import: (tag) => ({ jobType: ROW_TYPE, text: `journal,gate\n${rowsOf(tag)}`, labels: [tag] })
}

const types = [...aiScripts({ services: Effect.never }), ...dataScripts(Effect.never)]

/** Steps that repeat are cut off in their second round, so that the first is finished; an export this small has one. */
const cutOff = (type: string, { name, repeats }: { readonly name: string; readonly repeats?: true }): string =>
  repeats ? `${name}-${type === "data_export" ? 1 : 2}` : name

const cases = types
  .flatMap((type) => type.steps.map((step) => ({ type: type.name, step: cutOff(type.name, step) })))
  .map((each, index) => ({ ...each, tag: `case-${String(index + 1).padStart(2, "0")}` }))

const download = (callboard: RunningCallboard, { id }: SeenJob, file: string) =>
  Effect.promise(() =>
    fetch(new URL(`/api/jobs/${id}/artifacts/${file}`, callboard.url)).then((answer) => answer.bytes())
  )

/** By the form of the board, as a browser without JavaScript sends it. */
const createOnBoard = (callboard: RunningCallboard, type: string, input: object) =>
  Effect.promise(async () => {
    const answer = await fetch(new URL(`/jobs/new/${type}`, callboard.url), {
      method: "POST",
      body: new URLSearchParams({ key: crypto.randomUUID(), "input.@json": JSON.stringify(input) }),
      redirect: "manual"
    })
    expect(answer.status).toBe(303)
    return answer.headers.get("location")!.split("/").at(-1)!
  })

const isOver = ({ status }: SeenJob) => ["completed", "failed", "cancelled"].includes(status)

const keptSteps = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<{ jobId: string; name: string }>`SELECT job_id::text AS job_id, name FROM job_checkpoints`
)

/** One file, whole, with every row once, and with the hash that the result names. */
const checkExport = (callboard: RunningCallboard, job: SeenJob) =>
  Effect.gen(function* () {
    const artifacts = yield* callboard.json<{ data: ReadonlyArray<{ name: string }> }>(`/api/jobs/${job.id}/artifacts`)
    const bytes = yield* download(callboard, job, "jobs.csv")
    const ids = new TextDecoder()
      .decode(bytes)
      .split("\r\n")
      .map((line) => line.split(",")[0])
    const sha256 = new Bun.CryptoHasher("sha256").update(bytes).digest("hex")

    expect(artifacts.body.data.map(({ name }) => name)).toEqual(["jobs.csv"])
    expect(job.result).toMatchObject({ rows: EXPORTED, bytes: bytes.length, sha256 })
    // The names of the columns come first, and the last line ends.
    expect([ids.length, new Set(ids).size]).toEqual([EXPORTED + 2, EXPORTED + 2])
  })

/** Each row is one job of the batch that the result names. */
const checkImport = ({ result }: SeenJob) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { batchId } = result as { readonly batchId: string }
    const made = yield* sql`
      SELECT count(*)::int AS jobs, count(DISTINCT input_payload->>'journal')::int AS rows
      FROM script_jobs WHERE batch_id = ${batchId}::uuid`

    expect(result).toMatchObject({ rows: IMPORTED, good: IMPORTED, created: IMPORTED, bad: 0, report: "report.csv" })
    expect(made).toEqual([{ jobs: IMPORTED, rows: IMPORTED }])
  })

it.live(
  "completes every AI and data job whose worker was killed in any of its steps, and does no finished step again",
  () =>
    Effect.gen(function* () {
      const ai = yield* startFakeAi(stepAnswers)
      const address = yield* TestPostgres.freshDatabase()
      const dataDirectory = yield* temporaryDirectory
      const env = {
        DATABASE_URL: TestPostgres.urlOf(address),
        CALLBOARD_CONFIG: join(import.meta.dir, "fixtures/job-types.ts"),
        CALLBOARD_DEFAULT_CONCURRENCY: String(2 * cases.length),
        CALLBOARD_AI_BASE_URL: ai.baseUrl,
        CALLBOARD_AI_MODEL: "small"
      }
      const inDatabase = <A, E>(work: Effect.Effect<A, E, SqlClient.SqlClient>) =>
        work.pipe(Effect.provide(PgClient.layer(clientOptions(address))), Effect.scoped)
      const first = yield* startCallboard({ dataDirectory, env })
      yield* first.post(`/api/types/${ROW_TYPE}/pause`, {})
      const exported = cases.filter(({ type }) => type === "data_export")
      for (const { tag } of exported) {
        const job = { jobType: ROW_TYPE, input: { journal: "seed", gate: "none" }, labels: [tag] }
        yield* first.post("/api/jobs/batch", { jobs: Array(EXPORTED).fill(job) })
      }
      yield* inDatabase(setCrashPoints(cases))
      const created = yield* Effect.forEach(cases, ({ tag, type }, index) => {
        const input = inputs[type]!(tag)
        return index % 2 === 0
          ? createOnBoard(first, type, input)
          : Effect.map(first.create(type, input), ({ id }) => id)
      })
      const notThere = Effect.gen(function* () {
        const ended = yield* Effect.filter(created, (id) => Effect.map(first.job(id), isOver))
        expect(ended).toEqual([])
        return (yield* reachedCount) < cases.length
      })
      yield* inDatabase(Effect.repeat(Effect.delay(notThere, "100 millis"), { while: (still) => still }))
      yield* first.signal("SIGKILL")
      const kept = yield* inDatabase(keptSteps)
      const before = ai.requests.length
      yield* inDatabase(letGo)

      const second = yield* startCallboard({ dataDirectory, env })
      const jobs = yield* Effect.forEach(created, second.jobEnded)

      const asked = ai.requests.slice(before)
      for (const [index, job] of jobs.entries()) {
        const { step, tag, type } = cases[index]!
        const askedFor = asked.filter((request) => tagOf(request) === tag).map(stepOf)
        const finished = kept.filter(({ jobId }) => jobId === job.id).map(({ name }) => name)
        expect([type, step, job.status, job.error]).toEqual([type, step, "completed", undefined])
        expect(job.attempts).toBeGreaterThan(1)
        expect([type, step, askedFor.filter((name) => finished.includes(name))]).toEqual([type, step, []])
        expect(finished).not.toContain(step)
        expect(new Set(askedFor).size).toBe(askedFor.length)
        if (type === "data_export") yield* checkExport(second, job)
        if (type === "bulk_import") yield* inDatabase(checkImport(job))
      }
      // A crash in a step that asks the model is only one if the model had been asked.
      const steps = [
        "outline",
        "plan-day-2",
        "check-budget-2",
        "plan",
        "look-into-2",
        "summarise",
        "propose",
        "explain"
      ]
      expect(asked.map(stepOf)).toEqual(expect.arrayContaining([...steps, "answer"]))
    }),
  LONGEST_MS
)
