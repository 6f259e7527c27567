import { expect } from "bun:test"
import { Duration, Effect } from "effect"
import { JobPrompts } from "../../../src/domain/JobPrompts.ts"
import type { Claim } from "../../../src/domain/JobQueue.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { add, claim, firstClaim, get, settle } from "./builders.ts"
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
