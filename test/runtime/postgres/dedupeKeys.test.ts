import { expect } from "bun:test"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { add, complete, fail, firstClaim, get } from "./builders.ts"

const inDatabase = databaseTests(idle)

const request = { jobType: "idle", input: {}, dedupeKey: "menu" }

inDatabase(
  "gives all that ask at once the same live job",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const sql = yield* SqlClient.SqlClient

    const answers = yield* Effect.forEach([1, 2, 3, 4, 5, 6], () => jobs.create(request), { concurrency: "unbounded" })

    expect(new Set(answers.map(({ job }) => job.id)).size).toBe(1)
    expect(answers.filter(({ deduplicated }) => !deduplicated)).toHaveLength(1)
    expect(yield* sql`SELECT id FROM script_jobs`).toHaveLength(1)
    expect((yield* add({ dedupeKey: "other" })).id).not.toBe(answers[0]!.job.id)
  })
)

inDatabase(
  "keeps the key while the job runs, and frees it with its end, however it ends",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const ends = [
      Effect.flatMap(firstClaim, (each) => complete(each)),
      Effect.flatMap(firstClaim, (each) => fail(each)),
      Effect.flatMap(jobs.create(request), ({ job }) => jobs.cancel(job.id))
    ]
    for (const end of ends) {
      const { job, deduplicated } = yield* jobs.create(request)
      expect(deduplicated).toBe(false)
      expect((yield* jobs.create(request)).job.id).toBe(job.id)
      yield* end
    }
    expect((yield* jobs.create(request)).deduplicated).toBe(false)
  })
)

inDatabase(
  "refuses to make an ended job live again beside another one with its key",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const { job } = yield* jobs.create(request)
    yield* fail(yield* firstClaim)
    const { job: live } = yield* jobs.create(request)

    expect(yield* Effect.flip(jobs.retry(job.id, {}))).toMatchObject({
      _tag: "DedupeKeyTaken",
      jobId: live.jobId,
      dedupeKey: "menu"
    })
    expect((yield* get(job.id)).status).toBe("failed")

    yield* jobs.cancel(live.id)
    expect((yield* jobs.retry(job.id, {})).status).toBe("pending")
    expect((yield* jobs.create(request)).job.id).toBe(job.id)
  })
)

inDatabase(
  "answers an idempotency key and a dedupe key together with one job",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const sql = yield* SqlClient.SqlClient
    const ask = (idempotencyKey: string) => jobs.create(request, { idempotencyKey })

    const answers = yield* Effect.forEach(["a", "a", "b", "b"], ask, { concurrency: "unbounded" })

    expect(new Set(answers.map(({ job }) => job.id)).size).toBe(1)
    expect(yield* sql`SELECT id FROM script_jobs`).toHaveLength(1)
    yield* complete(yield* firstClaim)
    expect((yield* ask("b")).replayed).toBe(true)
  })
)
