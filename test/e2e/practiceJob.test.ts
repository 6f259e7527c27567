import { expect } from "bun:test"
import { join } from "node:path"
import { Effect } from "effect"
import { strFromU8, unzipSync } from "fflate"
import { identityOf } from "../../src/runtime/ThisWorker.ts"
import {
  processesNaming,
  type RunningCallboard,
  startCallboard,
  temporaryDirectory
} from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"

const LONG_MS = 120_000

interface TypesAnswer {
  readonly data: ReadonlyArray<{ readonly name: string; readonly example: Record<string, unknown> }>
}

const start = Effect.gen(function* () {
  const dataDirectory = join(yield* temporaryDirectory, "data")
  return { dataDirectory, callboard: yield* startCallboard({ dataDirectory }) }
})

/** Creates the practice job with the example that the API offers for it. */
const practise = (callboard: RunningCallboard, restaurantId: string, changes: object = {}) =>
  Effect.gen(function* () {
    const { body } = yield* callboard.json<TypesAnswer>("/api/jobs/types")
    const example = body.data.find((type) => type.name === "add-item-tags")?.example
    return yield* callboard.create("add-item-tags", { ...example, restaurantId, ...changes })
  })

const fault = (callboard: RunningCallboard, restaurant: string, body: object) =>
  Effect.map(callboard.post("/practice/faults", { restaurant, ...body }), ({ status }) =>
    expect(status).toBeLessThan(300)
  )

/** Method and path of what was asked of the restaurant's portal, oldest first. */
const requests = (callboard: RunningCallboard, restaurant: string) =>
  Effect.map(
    callboard.json<{ requests: ReadonlyArray<{ method: string; path: string }> }>(
      `/practice/requests.json?restaurant=${restaurant}`
    ),
    ({ body }) => body.requests.map(({ method, path }) => `${method} ${path}`).toReversed()
  )

const posts = (log: ReadonlyArray<string>, path: string) => log.filter((line) => line.startsWith(`POST ${path}`)).length

/** Processes of browsers that this Callboard started. Every process of a browser inherits the mark of its worker. */
const browsersOf = (dataDirectory: string) =>
  processesNaming(`CALLBOARD_WORKER=${identityOf(dataDirectory, true).name}/`)

const attemptsOf = (callboard: RunningCallboard, id: string) =>
  Effect.map(
    callboard.json<{ data: ReadonlyArray<{ startedAt: string; endedAt: string; outcome: string }> }>(
      `/api/jobs/${id}/attempts`
    ),
    ({ body }) => body.data
  )

/** The files that a job left, unpacked where they are packed. */
const filesOf = (callboard: RunningCallboard, id: string) =>
  Effect.gen(function* () {
    const path = `/api/jobs/${id}/artifacts`
    const { body } = yield* callboard.json<{ data: ReadonlyArray<{ name: string; kind: string }> }>(path)
    return yield* Effect.forEach(body.data, ({ kind, name }) =>
      Effect.promise(async () => {
        const bytes = await (await fetch(new URL(`${path}/${name}`, callboard.url))).bytes()
        const parts = kind === "trace" ? Object.values(unzipSync(bytes)) : [bytes]
        return { kind, text: parts.map((part) => strFromU8(part, true)).join("\n") }
      })
    )
  })

it.live(
  "tags the menu of the practice portal in a real browser, and leaves no browser behind",
  () =>
    Effect.gen(function* () {
      const { callboard, dataDirectory } = yield* start
      const { id } = yield* practise(callboard, "trattoria-roma")
      const job = yield* callboard.jobEnded(id)

      expect(job).toMatchObject({ status: "completed", result: { created: ["Vegan", "Spicy", "Gluten free"] } })
      expect(job.steps.map((step) => step.name)).toEqual([
        "sign-in",
        "open-menu",
        "create-tags",
        "assign-tags",
        "verify"
      ])
      expect(JSON.stringify([job, callboard.output()])).not.toContain("practice-password")
      expect(browsersOf(dataDirectory).length).toBeGreaterThan(0)
      expect(yield* callboard.signal("SIGTERM")).toBe(0)
      expect(browsersOf(dataDirectory)).toEqual([])
      expect(processesNaming(dataDirectory)).toEqual([])
    }),
  LONG_MS
)

it.live(
  "goes on after a kill -9 in the middle of the script without repeating a finished step",
  () =>
    Effect.gen(function* () {
      const { callboard, dataDirectory } = yield* start
      // The step that is cut off takes long enough to be met in the middle.
      yield* fault(callboard, "trattoria-roma", { kind: "slow", times: 1, pathPrefix: "/menu/items", delayMs: 5_000 })
      const { id } = yield* practise(callboard, "trattoria-roma")
      yield* callboard.jobWhen(id, (job) => job.progress.stepName === "assign-tags")
      yield* callboard.signal("SIGKILL")

      const again = yield* startCallboard({ dataDirectory })
      const job = yield* again.jobEnded(id)

      expect(job).toMatchObject({ status: "completed", attempts: 2, retryCount: 0 })
      const second = job.steps.filter((step) => step.attempt === 2).map((step) => step.name)
      expect(second).toEqual(["sign-in", "assign-tags", "verify"])
      const log = yield* requests(again, "trattoria-roma")
      expect(posts(log, "/tags")).toBe(3)
      expect(posts(log, "/sign-in")).toBe(2)
      const outcomes = (yield* attemptsOf(again, id)).map((attempt) => attempt.outcome)
      expect(outcomes).toEqual(["lost", "completed"])
    }),
  LONG_MS
)

it.live(
  "fails at once on a wrong password, and tells nobody the password",
  () =>
    Effect.gen(function* () {
      const { callboard } = yield* start
      const { id } = yield* practise(callboard, "wrong", { password: "hunter2-wrong" })
      const job = yield* callboard.jobEnded(id)

      expect(job).toMatchObject({ status: "failed", retryCount: 0, error: { code: "INVALID_CREDENTIALS" } })
      const page = yield* Effect.promise(() => fetch(new URL(`/jobs/${id}`, callboard.url)).then((r) => r.text()))
      const logs = yield* callboard.json(`/api/jobs/${id}/logs`)
      expect(JSON.stringify([job, page, logs.body, callboard.output()])).not.toContain("hunter2")
      const files = yield* filesOf(callboard, id)
      expect(files.map(({ kind }) => kind).toSorted()).toEqual(["page", "picture", "trace"])
      for (const { text } of files) {
        expect(text.length).toBeGreaterThan(100)
        expect(text.includes("hunter2")).toBe(false)
      }
    }),
  LONG_MS
)

it.live(
  "tries again after about 5 and 10 seconds when the portal fails twice, and completes",
  () =>
    Effect.gen(function* () {
      const { callboard } = yield* start
      yield* fault(callboard, "flaky", { kind: "error", times: 2, pathPrefix: "/tags" })
      const { id } = yield* practise(callboard, "flaky")
      const job = yield* callboard.jobEnded(id)

      expect(job).toMatchObject({ status: "completed", retryCount: 2, attempts: 3 })
      const attempts = yield* attemptsOf(callboard, id)
      const waits = [0, 1].map((n) => Date.parse(attempts[n + 1]!.startedAt) - Date.parse(attempts[n]!.endedAt))
      expect(waits[0]).toBeGreaterThanOrEqual(5_000)
      expect(waits[0]).toBeLessThan(8_000)
      expect(waits[1]).toBeGreaterThanOrEqual(10_000)
      expect(waits[1]).toBeLessThan(13_000)
    }),
  LONG_MS
)

it.live(
  "cancels a running job and takes its browser down within two seconds",
  () =>
    Effect.gen(function* () {
      const { callboard, dataDirectory } = yield* start
      yield* fault(callboard, "slow", { kind: "slow", times: 50, pathPrefix: "/", delayMs: 20_000 })
      const { id } = yield* practise(callboard, "slow")
      yield* callboard.jobWhen(id, (job) => job.progress.stepName === "sign-in")
      expect(browsersOf(dataDirectory).length).toBeGreaterThan(0)

      const asked = performance.now()
      expect((yield* callboard.post(`/api/jobs/${id}/cancel`, {})).status).toBe(202)
      const job = yield* callboard.jobEnded(id)

      // Its browser is down before the job says that it is cancelled.
      expect(browsersOf(dataDirectory)).toEqual([])
      expect(performance.now() - asked).toBeLessThan(2_000)
      expect(job.status).toBe("cancelled")
    }),
  LONG_MS
)

it.live(
  "runs three browser jobs through two sessions",
  () =>
    Effect.gen(function* () {
      const { callboard } = yield* start
      const jobs = yield* Effect.forEach(["one", "two", "three"], (restaurant) => practise(callboard, restaurant))
      const third = jobs[2]!
      const waiting = yield* callboard.jobWhen(third.id, (job) => job.waitingFor !== undefined || job.attempts > 0)
      expect(waiting.waitingFor).toEqual([{ code: "pool_full", limit: 2 }])
      const ended = yield* Effect.forEach(jobs, (job) => callboard.jobEnded(job.id), { concurrency: 3 })

      // A third session at once is a defect of the semaphore's own count, which would have failed its job.
      expect(ended.map((job) => job.status)).toEqual(["completed", "completed", "completed"])
    }),
  LONG_MS
)
