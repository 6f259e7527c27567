/** Quick jobs end without a fiber of their own; what comes of them is the same as in the other lanes. */
import { expect } from "bun:test"
import { Effect, Redacted, Schema } from "effect"
import { TestClock } from "effect/testing"
import type { JobType } from "../../src/domain/JobType.ts"
import { Operator } from "../../src/domain/Operator.ts"
import { Steps } from "../../src/domain/Steps.ts"
import { it } from "../support/effect.ts"
import { scripted } from "../support/scripts.ts"
import { startWorker, until } from "../support/TestWorker.ts"

const quick = (...args: Parameters<typeof scripted>): JobType => ({ ...scripted(...args), lane: "quick" })

const add = (queue: Effect.Success<ReturnType<typeof startWorker>>["queue"], jobType: string, input = {}) =>
  queue.add({ jobType, lane: "quick", input })

it.effect("records the results of scripts that never wait and of those that do", () =>
  Effect.gen(function* () {
    const { queue, running } = yield* startWorker(
      quick("at-once", ({ text = "" }) => Effect.succeed(text)),
      quick("later", ({ text = "" }) => Effect.as(Effect.sleep("3 seconds"), text))
    )
    const types = Array.from({ length: 9 }, (_, n) => (n % 3 === 0 ? "later" : "at-once"))
    const jobs = yield* Effect.forEach(types, (type, n) => add(queue, type, { text: `${n}` }))
    for (let seconds = 0; seconds < 12; seconds++) {
      yield* Effect.repeat(Effect.yieldNow, { times: 200 })
      yield* TestClock.adjust("1 second")
    }
    yield* until(() => jobs.every(({ status }) => status === "ended"))

    expect(jobs.map(({ outcomes }) => outcomes)).toEqual(jobs.map((_, n) => [{ _tag: "Completed", result: `${n}` }]))
    yield* running.awaitEmpty
  })
)

it.effect("fails the one whose result cannot be stored, and hides a secret in a result", () =>
  Effect.gen(function* () {
    const { queue } = yield* startWorker(
      quick("nul", () => Effect.succeed("a\u0000b")),
      quick("telling", ({ password }) => Effect.succeed(`it is ${password && Redacted.value(password)}`))
    )
    const refused = yield* add(queue, "nul")
    const told = yield* add(queue, "telling", { password: "hunter2&co" })
    yield* until(() => refused.status === "ended" && told.status === "ended")

    expect(refused.outcomes).toMatchObject([{ _tag: "Failed", error: { code: "SCRIPT_DEFECT" } }])
    expect(told.outcomes).toEqual([{ _tag: "Completed", result: "it is ••••" }])
  })
)

it.effect("tells the end of a quick job after its log lines are stored", () =>
  Effect.gen(function* () {
    const { queue } = yield* startWorker(quick("telling", () => Effect.as(Effect.logInfo("a line"), "done")))
    const job = yield* add(queue, "telling")
    yield* until(() => job.status === "ended")

    expect([job.log.map(({ message }) => message), job.outcomes]).toEqual([
      ["a line"],
      [{ _tag: "Completed", result: "done" }]
    ])
  })
)

it.effect("records what ended while the database was away, once it is back", () =>
  Effect.gen(function* () {
    const { queue } = yield* startWorker(quick("three", () => Effect.as(Effect.sleep("3 seconds"), "done")))
    const job = yield* add(queue, "three")
    yield* until(() => job.attempt === 1)
    queue.database.state = "down"
    yield* TestClock.adjust("5 seconds")
    expect(job.outcomes).toEqual([])

    queue.database.state = "up"
    yield* TestClock.adjust("5 seconds")
    yield* until(() => job.status === "ended")
    expect(job.outcomes).toEqual([{ _tag: "Completed", result: "done" }])
  })
)

it.effect("gives each script steps and people of its own", () =>
  Effect.gen(function* () {
    const { queue } = yield* startWorker(
      quick("counting", () =>
        Effect.gen(function* () {
          const steps = yield* Steps
          const operator = yield* Operator
          yield* steps.run("first", Schema.String, Effect.succeed("one"))
          return typeof operator.prompt === "function" ? steps.attempt : 0
        })
      )
    )
    const jobs = yield* Effect.forEach([1, 2, 3], () => add(queue, "counting"))
    yield* until(() => jobs.every(({ status }) => status === "ended"))

    expect(jobs.map(({ outcomes }) => outcomes)).toEqual(jobs.map(() => [{ _tag: "Completed", result: 1 }]))
    expect(jobs.map(({ checkpoints, steps }) => [steps, checkpoints.get("first")])).toEqual(
      jobs.map(() => [["first"], "one"])
    )
  })
)
