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

for (const work of [
  { kind: "lane", name: "quick" },
  { kind: "type", name: "long" }
] as const) {
  for (const heard of [true, false]) {
    it.effect(
      `starts nothing that was claimed ahead of a pause of the ${work.kind}${heard ? "" : " it did not hear of"}`,
      () =>
        Effect.gen(function* () {
          const { queue, running } = yield* startWorker(
            quick("long", () => Effect.as(Effect.sleep("20 seconds"), "done"))
          )
          const jobs = yield* Effect.replicateEffect(add(queue, "long"), 5)
          yield* until(() => jobs.every(({ status }) => status === "in_progress"))

          yield* queue.pause(work, heard)
          if (!heard) yield* TestClock.adjust("5 seconds")
          yield* until(() => jobs.filter(({ status }) => status === "pending").length === 3)

          expect(jobs.map(({ outcomes }) => outcomes.map(({ _tag }) => _tag))).toEqual(
            jobs.map((_, n) => (n < 2 ? [] : ["Released"]))
          )
          yield* TestClock.adjust("30 seconds")
          yield* running.awaitEmpty
          expect(jobs.map(({ attempt, status }) => [status, attempt])).toEqual(
            jobs.map((_, n) => [n < 2 ? "ended" : "pending", 1])
          )
        })
    )
  }
}

it.effect("starts other types that were claimed ahead of the pause of one", () =>
  Effect.gen(function* () {
    const { queue } = yield* startWorker(
      quick("long", () => Effect.as(Effect.sleep("3 seconds"), "done")),
      quick("other", () => Effect.succeed("done"))
    )
    const long = yield* Effect.replicateEffect(add(queue, "long"), 3)
    const other = yield* add(queue, "other")
    yield* until(() => [...long, other].every(({ status }) => status === "in_progress"))

    yield* queue.pause({ kind: "type", name: "long" })
    yield* TestClock.adjust("3 seconds")
    yield* until(() => other.status === "ended")

    expect(long.map(({ status }) => status)).toEqual(["ended", "ended", "pending"])
    expect(other.attempt).toBe(1)
  })
)

it.effect("starts nothing of a paused type that a claim brings which was under way", () =>
  Effect.gen(function* () {
    const { queue } = yield* startWorker(quick("long", () => Effect.as(Effect.sleep("20 seconds"), "done")))
    queue.database.answerMs = 100
    const jobs = yield* Effect.replicateEffect(add(queue, "long"), 5)
    yield* until(() => jobs.some(({ status }) => status === "in_progress"))
    yield* queue.pause({ kind: "type", name: "long" })
    yield* TestClock.adjust("1 second")
    yield* until(() => jobs.filter(({ status }) => status === "pending").length >= 3)

    yield* TestClock.adjust("30 seconds")
    expect(jobs.filter(({ outcomes }) => outcomes.some(({ _tag }) => _tag === "Completed")).length).toBeLessThanOrEqual(
      2
    )
  })
)
