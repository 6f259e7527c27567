import { expect } from "bun:test"
import { Duration, Effect, Option } from "effect"
import { SqlClient } from "effect/sql"
import type { PromptId } from "../../../src/domain/JobPrompt.ts"
import { JobPrompts } from "../../../src/domain/JobPrompts.ts"
import { type Claim, JobQueue } from "../../../src/domain/JobQueue.ts"
import { JobReports } from "../../../src/domain/JobReports.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { Upkeep } from "../../../src/domain/Upkeep.ts"
import { placeOfAnswer } from "../../../src/runtime/placeOfAnswer.ts"
import { SecretBox } from "../../../src/runtime/SecretBox.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { add, complete, disagreements, fail, firstClaim, get, retryLater, settle } from "./builders.ts"
import { ask, asking, question } from "./questions.ts"

const inDatabase = databaseTests(idle)

const answer = (claimed: Claim, promptId: string, value: string | boolean = "123 456", answeredBy?: string) =>
  Effect.flatMap(Jobs, (jobs) =>
    jobs.answer(claimed.jobId, { promptId, value, ...(answeredBy !== undefined && { answeredBy }) })
  )

const look = ({ lease }: Claim, id: PromptId) => Effect.flatMap(JobPrompts, (prompts) => prompts.look(lease, id))
const close = ({ lease }: Claim, id: PromptId) => Effect.flatMap(JobPrompts, (prompts) => prompts.close(lease, id))

const rows = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<{ state: string; answer: unknown; answeredBy: string | null; open: boolean }>`
    SELECT state, answer, answered_by, closed_at IS NULL AS open FROM job_prompts ORDER BY id`
)

inDatabase(
  "shows an open question with its job, its status, its list and its counts, and no longer once it is answered",
  Effect.gen(function* () {
    const reports = yield* JobReports
    yield* add()
    const quiet = yield* firstClaim
    const { claimed, id } = yield* asking
    const listed = (status: "needs_input" | "in_progress") =>
      Effect.map(reports.list({ status: [status] }, { limit: 10 }), ({ jobs }) => jobs.map((job) => job.id))

    const job = yield* get(claimed.id)
    expect(job.status).toBe("in_progress")
    expect(job.prompt).toMatchObject({
      id,
      kind: "otp",
      label: "Code from the text message",
      timesAsked: 1,
      attempt: 1
    })
    expect(job.waitingFor).toEqual([{ code: "needs_input", since: job.prompt!.askedAt, until: job.prompt!.deadline }])
    expect([yield* listed("needs_input"), yield* listed("in_progress")]).toEqual([[claimed.id], [quiet.id]])
    expect(yield* reports.counts({})).toMatchObject({ needs_input: 1, in_progress: 1 })

    const answered = yield* answer(claimed, id)
    expect(answered.prompt).toBeUndefined()
    expect(answered.revision).toBeGreaterThan(job.revision)
    expect(yield* listed("needs_input")).toEqual([])
    expect(yield* reports.counts({})).toMatchObject({ needs_input: 0, in_progress: 2 })
    expect((yield* reports.history(claimed.id)).prompts).toMatchObject([{ id, state: "answered" }])
  })
)

inDatabase(
  "gives the answer sealed to the worker, and forgets it once the script has it",
  Effect.gen(function* () {
    const box = yield* SecretBox
    const { claimed, id } = yield* asking
    const before = yield* look(claimed, id)
    expect(before._tag).toBe("Open")

    yield* answer(claimed, id, "123 456", "ada")
    const news = yield* look(claimed, id)
    if (news._tag !== "Answered") throw new Error(news._tag)
    expect(JSON.stringify(yield* rows)).not.toContain("123456")
    expect(yield* box.open(news.sealed, placeOfAnswer(claimed.id, id))).toBe("123456")
    expect(Option.isNone(yield* Effect.option(box.open(news.sealed, claimed.id)))).toBe(true)
    yield* close(claimed, id)

    expect(yield* rows).toEqual([{ state: "answered", answer: null, answeredBy: "ada", open: false }])
  })
)

inDatabase(
  "takes one of many answers that come at the same moment, and tells the others who was first",
  Effect.gen(function* () {
    const { claimed, id } = yield* asking
    const people = Array.from({ length: 8 }, (_, index) => `person-${index}`)

    const results = yield* Effect.forEach(people, (by) => Effect.result(answer(claimed, id, "123456", by)), {
      concurrency: "unbounded"
    })

    const [row] = yield* rows
    const winners = people.filter((_, index) => results[index]?._tag === "Success")
    expect(winners).toEqual([row!.answeredBy!])
    for (const result of results) {
      if (result._tag === "Failure") {
        expect(result.failure).toMatchObject({ _tag: "PromptClosed", reason: "answered", answeredBy: winners[0] })
      }
    }
  })
)

inDatabase(
  "refuses a value that does not fit, and goes on asking",
  Effect.gen(function* () {
    yield* add()
    const claimed = yield* firstClaim
    const id = yield* ask(claimed, { kind: "choice", choices: ["Lunch", "Dinner"] })

    expect(yield* Effect.flip(answer(claimed, id, "Breakfast"))).toMatchObject({
      _tag: "InvalidAnswer",
      message: "Expected one of the choices"
    })
    expect((yield* get(claimed.id)).prompt).toMatchObject({ id, choices: ["Lunch", "Dinner"] })
    expect((yield* answer(claimed, id, "Lunch")).prompt).toBeUndefined()
  })
)

inDatabase(
  "counts how often the same thing was asked",
  Effect.gen(function* () {
    const { claimed, id } = yield* asking
    yield* close(claimed, id)
    yield* close(claimed, yield* ask(claimed, { label: "Which menu?" }))
    yield* ask(claimed, { hint: "The site refused the last one." })

    expect((yield* get(claimed.id)).prompt).toMatchObject({ timesAsked: 2, hint: "The site refused the last one." })
  })
)

inDatabase(
  "asks once when the same question is sent twice",
  Effect.gen(function* () {
    const { ask: send } = yield* JobPrompts
    yield* add()
    const { id, lease } = yield* firstClaim
    const prompt = question()
    yield* send(lease, prompt)
    const first = yield* get(id)
    yield* send(lease, prompt)

    expect((yield* get(id)).timeoutAt).toEqual(first.timeoutAt!)
    expect((yield* rows).length).toBe(1)
  })
)

inDatabase(
  "closes what an attempt asked when it ends, in whatever way, and says so to who answers then",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const upkeep = yield* Upkeep
    const sql = yield* SqlClient.SqlClient
    const lapse = (claimed: Claim) =>
      Effect.gen(function* () {
        yield* sql`UPDATE job_leases SET expires_at = now() - interval '1 second' WHERE id = ${claimed.id}::uuid`
        expect((yield* get(claimed.id)).prompt).toBeUndefined()
        yield* upkeep.rescue([])
      })
    const ends: ReadonlyArray<(claimed: Claim) => Effect.Effect<unknown, unknown, JobQueue | Jobs>> = [
      (claimed) => complete(claimed),
      (claimed) => fail(claimed),
      (claimed) => retryLater(claimed, Duration.minutes(1)),
      (claimed) => settle(claimed, { _tag: "Released" }),
      (claimed) => Effect.andThen(jobs.cancel(claimed.jobId), settle(claimed, { _tag: "Cancelled" })),
      lapse
    ]

    for (const end of ends) {
      yield* sql`TRUNCATE script_jobs, job_queue, job_leases CASCADE`
      const { claimed, id } = yield* asking
      yield* end(claimed)

      expect(yield* rows).toEqual([{ state: "closed", answer: null, answeredBy: null, open: false }])
      expect(yield* Effect.flip(answer(claimed, id))).toMatchObject({ _tag: "PromptClosed", reason: "ended" })
    }
  })
)

inDatabase(
  "forgets an answer that its attempt never took",
  Effect.gen(function* () {
    const { claimed, id } = yield* asking
    yield* answer(claimed, id)
    yield* settle(claimed, { _tag: "Released" })

    expect(yield* rows).toMatchObject([{ state: "answered", answer: null, open: false }])
  })
)

inDatabase(
  "takes no answer after the deadline, and none for a worker that is gone",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { claimed, id } = yield* asking

    yield* sql`UPDATE job_leases SET expires_at = now() - interval '1 second'`
    expect(yield* Effect.flip(answer(claimed, id))).toMatchObject({ reason: "worker_gone" })
    yield* sql`UPDATE job_leases SET expires_at = now() + interval '1 minute'`
    yield* sql`UPDATE job_prompts SET deadline = now() - interval '1 second'`
    expect(yield* Effect.flip(answer(claimed, id))).toMatchObject({ reason: "timed_out" })
    expect((yield* look(claimed, id))._tag).toBe("TimedOut")
    yield* close(claimed, id)

    expect(yield* rows).toMatchObject([{ state: "timed_out" }])
    expect(yield* Effect.flip(answer(claimed, id))).toMatchObject({ reason: "timed_out" })
    expect((yield* Effect.flip(answer(claimed, Bun.randomUUIDv7())))._tag).toBe("PromptNotFound")
    expect((yield* Effect.flip(answer(claimed, "no id")))._tag).toBe("PromptNotFound")
  })
)

inDatabase(
  "adds the time of a question to the attempt's, and takes back what was left of it",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* add({ timeoutMs: 60_000 })
    const claimed = yield* firstClaim
    const timeoutAt = Effect.map(get(claimed.id), (job) => job.timeoutAt!.epochMilliseconds)
    const before = yield* timeoutAt
    const id = yield* ask(claimed)

    expect((yield* timeoutAt) - before).toBe(600_000)
    yield* sql`UPDATE job_prompts SET deadline = deadline - interval '4 minutes'`
    yield* close(claimed, id)
    // Four minutes have passed, and what the statements here took.
    expect((yield* timeoutAt) - before).toBeGreaterThanOrEqual(240_000)
    expect((yield* timeoutAt) - before).toBeLessThan(300_000)
    const [row] = yield* sql<{ same: boolean }>`
      SELECT l.timeout_at = j.timeout_at AS same FROM script_jobs j JOIN job_leases l ON l.id = j.id`
    expect(row!.same).toBe(true)
    expect(yield* disagreements).toEqual([])
  })
)

inDatabase(
  "does nothing for a worker that lost its lease",
  Effect.gen(function* () {
    const prompts = yield* JobPrompts
    const queue = yield* JobQueue
    const { claimed, id } = yield* asking
    yield* queue.settle(claimed.lease, { _tag: "Released" })

    for (const call of [
      prompts.ask(claimed.lease, question()),
      prompts.look(claimed.lease, id),
      prompts.close(claimed.lease, id),
      prompts.postpone(claimed.lease, question(), Duration.minutes(1))
    ]) {
      expect((yield* Effect.flip(call))._tag).toBe("LeaseLost")
    }
  })
)
