import { expect } from "bun:test"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import type { Job } from "../../../src/domain/Job.ts"
import { type Claim, JobQueue } from "../../../src/domain/JobQueue.ts"
import { JobReports } from "../../../src/domain/JobReports.ts"
import { type CreateJob, Jobs, type RetryPlan } from "../../../src/domain/Jobs.ts"
import { defineJobType } from "../../../src/domain/JobType.ts"
import { MASK, Secret } from "../../../src/domain/Secret.ts"
import { SecretBox } from "../../../src/runtime/SecretBox.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { add, claim, complete, fail, firstClaim, get } from "./builders.ts"

const Account = Schema.Struct({ name: Schema.String, password: Secret })

const accounts = defineJobType({
  name: "accounts",
  title: "Accounts",
  description: "Has secrets in a list.",
  lane: "default",
  input: Schema.Struct({ accounts: Schema.Array(Account), main: Schema.optionalKey(Account) }),
  result: Schema.Json,
  steps: [],
  example: { accounts: [] },
  run: () => Effect.succeed(null)
})

const days = defineJobType({
  name: "days",
  title: "Days",
  description: "Has a step that repeats.",
  lane: "default",
  input: Schema.Struct({}),
  result: Schema.Json,
  steps: [
    { name: "outline", title: "Outline" },
    { name: "day", title: "Day", repeats: true },
    { name: "assemble", title: "Assemble" }
  ],
  example: {},
  run: () => Effect.succeed(null)
})

const inDatabase = databaseTests(idle, accounts, days)

const failedJob = (request: Partial<CreateJob> = {}) =>
  Effect.gen(function* () {
    const queue = yield* JobQueue
    const job = yield* add(request)
    const claimed = yield* firstClaim
    for (const name of ["first", "second"]) {
      yield* queue.startStep(claimed.lease, {
        name,
        number: 1,
        totalSteps: 2,
        progress: { percent: 50, totalSteps: 2 }
      })
      yield* queue.endStep(claimed.lease, { name, outcome: "completed", checkpoint: { output: name } })
    }
    yield* fail(claimed)
    return job
  })
const retry = (job: Job, plan: RetryPlan) => Effect.flatMap(Jobs, (jobs) => jobs.retry(job.id, plan))
const opened = (claimed: Claim, type = idle) =>
  Effect.flatMap(SecretBox, (box) => box.openInput(type.inputSchema, claimed.input, claimed.id))

for (const [from, kept, percent] of [
  ["checkpoint", ["first", "second"], 50],
  ["second", ["first"], 0],
  ["first", [], 0],
  ["start", [], 0]
] as const) {
  inDatabase(
    `forgets nothing but what is run again when it is retried from ${from}`,
    Effect.gen(function* () {
      const job = yield* failedJob()

      const retried = yield* retry(job, { from })

      expect(retried).toMatchObject({ status: "pending", progress: { percent }, retryCount: 0 })
      expect([...(yield* firstClaim).checkpoints.keys()].toSorted()).toEqual([...kept])
      const { steps } = yield* (yield* JobReports).history(job.id)
      expect(
        steps
          .filter((step) => step.kept)
          .map(({ name }) => name)
          .toSorted()
      ).toEqual([...kept])
    })
  )
}

inDatabase(
  "keeps no step of the old input for a new one, unless it is told to",
  Effect.gen(function* () {
    const job = yield* failedJob({ input: { text: "old" } })

    yield* retry(job, { from: "checkpoint", input: { text: "newer" } })
    const told = yield* firstClaim
    yield* fail(told)
    yield* retry(job, { input: { text: "newest" } })

    expect([...told.checkpoints.keys()].toSorted()).toEqual(["first", "second"])
    expect([...(yield* firstClaim).checkpoints.keys()]).toEqual([])
  })
)

inDatabase(
  "takes an input for another restaurant only from the start",
  Effect.gen(function* () {
    const job = yield* failedJob({ input: { restaurantId: "bella" } })
    const input = { restaurantId: "roma" }

    const refused = [
      yield* Effect.flip(retry(job, { from: "checkpoint", input })),
      yield* Effect.flip(retry(job, { from: "second", input }))
    ]
    const before = yield* get(job.id)
    yield* retry(job, { from: "start", input })

    const issue = { path: "restaurantId", message: expect.stringContaining("retry from the start") }
    expect(refused).toMatchObject([
      { _tag: "InvalidInput", issues: [issue] },
      { _tag: "InvalidInput", issues: [issue] }
    ])
    expect(before).toMatchObject({ status: "failed", restaurantId: "bella" })
    expect([...(yield* firstClaim).checkpoints.keys()]).toEqual([])
  })
)

inDatabase(
  "refuses a step that the type does not have, and changes nothing",
  Effect.gen(function* () {
    const job = yield* failedJob()

    expect(yield* Effect.flip(retry(job, { from: "third" }))).toMatchObject({
      _tag: "UnknownStep",
      step: "third",
      known: ["first", "second"]
    })
    expect((yield* get(job.id)).status).toBe("failed")
    expect(yield* (yield* SqlClient.SqlClient)`SELECT name FROM job_checkpoints`).toHaveLength(2)
  })
)

inDatabase(
  "keeps a secret that is sent as the mask, and seals a new one",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const job = yield* failedJob({ input: { password: "hunter2", text: "old" } })

    const edited = yield* retry(job, { input: { password: MASK, text: "new" } })
    expect(edited.input).toEqual({ password: MASK, text: "new" })
    const again = yield* firstClaim
    expect((yield* opened(again)).input).toEqual({ password: "hunter2", text: "new" })
    yield* fail(again)

    yield* retry(job, { input: { password: "hunter3", text: MASK } })
    const last = yield* firstClaim
    expect((yield* opened(last)).input).toEqual({ password: "hunter3", text: MASK })
    const stored = JSON.stringify(yield* sql`SELECT * FROM script_jobs`)
    expect(stored).not.toMatch(/hunter[23]/u)
  })
)

inDatabase(
  "refuses an input that does not fit, and a mask for which nothing is stored",
  Effect.gen(function* () {
    const job = yield* failedJob({ input: { text: "old" } })

    const wrong = yield* Effect.flip(retry(job, { input: { text: 5 } }))
    expect(wrong).toMatchObject({ _tag: "InvalidInput", issues: [{ path: "text" }] })
    const masked = yield* Effect.flip(retry(job, { input: { password: MASK } }))
    expect(masked).toMatchObject({ _tag: "InvalidInput", issues: [{ path: "password" }] })
    expect(yield* get(job.id)).toMatchObject({ status: "failed", input: { text: "old" } })
  })
)

inDatabase(
  "never gives a secret of a list to another item",
  Effect.gen(function* () {
    const list = [
      { name: "ada", password: "a-secret" },
      { name: "bob", password: "b-secret" }
    ]
    const job = yield* add({ jobType: "accounts", input: { accounts: list, main: list[0]! } })
    yield* fail(yield* firstClaim)
    const shown = (name: string) => ({ name, password: MASK })

    const moved = [[shown("bob")], [shown("bob"), shown("ada")], [shown("ada"), shown("eve")]]
    for (const changed of moved) {
      expect((yield* Effect.flip(retry(job, { input: { accounts: changed } })))._tag).toBe("InvalidInput")
    }
    const input = {
      accounts: [shown("ada"), shown("bob"), { name: "eve", password: "e-secret" }],
      main: shown("carol")
    }
    yield* retry(job, { input })

    // A field of its own keeps its secret, whatever else is edited beside it.
    expect((yield* opened(yield* firstClaim, accounts)).secrets.toSorted()).toEqual([
      "a-secret",
      "a-secret",
      "b-secret",
      "e-secret"
    ])
  })
)

inDatabase(
  "moves a job to the restaurant of its new input, so that it takes turns with that one's jobs",
  Effect.gen(function* () {
    const job = yield* failedJob({ input: { restaurantId: "bella" } })
    const own = yield* failedJob({ input: { restaurantId: "bella" }, concurrencyKey: "oven", restaurantId: "other" })
    yield* add({ input: { restaurantId: "roma" } })
    yield* claim(1)

    expect(yield* retry(job, { input: { restaurantId: "roma" } })).toMatchObject({
      restaurantId: "roma",
      concurrencyKey: "restaurant:roma",
      waitingFor: [{ code: "concurrency_key" }, { code: "no_worker" }]
    })
    expect(yield* retry(own, { input: { restaurantId: "roma" } })).toMatchObject({
      restaurantId: "other",
      concurrencyKey: "oven"
    })
  })
)

inDatabase(
  "removes a job that has ended with all that was kept of it, and no other",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const jobs = yield* Jobs
    const job = yield* failedJob()
    yield* retry(job, {})
    const claimed = yield* firstClaim
    yield* (yield* JobQueue).log(claimed.lease, [{ level: "info", at: new Date(), message: "hello" }])
    expect(yield* Effect.flip(jobs.remove(job.id))).toMatchObject({ _tag: "JobConflict", action: "remove" })
    yield* complete(claimed)
    const other = yield* failedJob()

    yield* jobs.remove(job.jobId)

    expect((yield* Effect.flip(jobs.remove(job.id)))._tag).toBe("JobNotFound")
    for (const table of ["job_attempts", "job_logs", "job_steps", "job_checkpoints"]) {
      expect(yield* sql.unsafe(`SELECT FROM ${table} WHERE job_id <> '${other.id}'`)).toEqual([])
    }
    expect(yield* sql`SELECT name FROM job_checkpoints`).toHaveLength(2)
  })
)

for (const [from, kept] of [
  ["day", ["outline"]],
  ["day-2", ["day-1", "outline"]],
  ["assemble", ["day-1", "day-2", "outline"]]
] as const) {
  inDatabase(
    `keeps what a step that repeats does not build on when it is retried from ${from}`,
    Effect.gen(function* () {
      const queue = yield* JobQueue
      const job = yield* add({ jobType: "days", input: {} })
      const claimed = yield* firstClaim
      for (const name of ["outline", "day-1", "day-2", "assemble"]) {
        yield* queue.endStep(claimed.lease, { name, outcome: "completed", checkpoint: { output: name } })
      }
      yield* fail(claimed)

      yield* retry(job, { from })

      expect([...(yield* firstClaim).checkpoints.keys()].toSorted()).toEqual([...kept])
    })
  )
}
