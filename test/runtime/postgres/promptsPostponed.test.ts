import { expect } from "bun:test"
import { Duration, Effect } from "effect"
import { SqlClient } from "effect/sql"
import { JobPrompts } from "../../../src/domain/JobPrompts.ts"
import type { Claim } from "../../../src/domain/JobQueue.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { add, claim, complete, crash, firstClaim, get, settle } from "./builders.ts"
import { question } from "./questions.ts"

const inDatabase = databaseTests(idle)

inDatabase(
  "says of a job that asks later what it waits for, and starts one when a place for questions is free",
  Effect.gen(function* () {
    const prompts = yield* JobPrompts
    yield* add()
    yield* add()
    const claims = yield* claim(2)
    for (const claimed of claims) {
      yield* prompts.postpone(claimed.lease, question(), Duration.minutes(5))
      yield* settle(claimed, { _tag: "Released" })
    }
    const [first, second] = claims as [Claim, Claim]

    const job = yield* get(first.id)
    expect(job).toMatchObject({
      status: "pending",
      retryCount: 0,
      waitingFor: [{ code: "prompts_full", until: job.runAt }, { code: "no_worker" }]
    })
    expect(yield* claim()).toEqual([])
    yield* prompts.startPostponed("browser")
    expect(yield* claim()).toEqual([])
    yield* prompts.startPostponed("default")
    expect((yield* claim()).map((each) => each.id)).toEqual([first.id])
    expect((yield* get(second.id)).waitingFor?.[0]?.code).toBe("prompts_full")
  })
)

inDatabase(
  "starts a job at once that was asked for while it was still being handed back",
  Effect.gen(function* () {
    const prompts = yield* JobPrompts
    yield* add()
    const claimed = yield* firstClaim
    yield* prompts.postpone(claimed.lease, question(), Duration.minutes(5))
    yield* prompts.startPostponed("default")
    yield* settle(claimed, { _tag: "Released" })

    expect((yield* firstClaim).id).toBe(claimed.id)
  })
)

/** A job that was handed back because its question has to wait. */
const postponed = Effect.gen(function* () {
  yield* add()
  const claimed = yield* firstClaim
  yield* (yield* JobPrompts).postpone(claimed.lease, question(), Duration.minutes(5))
  return claimed
})

const handedBack = Effect.tap(postponed, (claimed) => settle(claimed, { _tag: "Released" }))

const endings = {
  "is cancelled while it waits": Effect.flatMap(handedBack, ({ id }) =>
    Effect.flatMap(Jobs, (jobs) => jobs.cancel(id))
  ),
  "is cancelled while it is handed back": Effect.gen(function* () {
    const claimed = yield* postponed
    yield* (yield* Jobs).cancel(claimed.id)
    yield* settle(claimed, { _tag: "Cancelled" })
  }),
  "ends well all the same": Effect.flatMap(postponed, (claimed) => complete(claimed)),
  "is rescued when it is due, and asks no more": Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { id } = yield* postponed
    yield* sql`UPDATE script_jobs SET run_at = now() - interval '1 second' WHERE id = ${id}::uuid`
    yield* crash
    yield* complete(yield* firstClaim)
  }),
  "starts again and asks no more": Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { id } = yield* handedBack
    yield* sql`UPDATE job_queue SET run_at = now() - interval '1 second' WHERE id = ${id}::uuid`
    yield* complete(yield* firstClaim)
  })
}

for (const [how, end] of Object.entries(endings)) {
  inDatabase(
    `waits no longer for a place for the question of a job that ${how}`,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const other = yield* handedBack
      yield* end

      const waiting = yield* sql`SELECT job_id FROM job_prompts WHERE closed_at IS NULL`
      expect(waiting).toEqual([{ jobId: other.id }])
    })
  )
}
