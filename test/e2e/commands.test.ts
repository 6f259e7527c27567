import { expect } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { findMarked } from "../../src/runtime/ProcessSweep.ts"
import { identityOf } from "../../src/runtime/ThisWorker.ts"
import { eventually, type RunningCallboard, startCallboard, temporaryDirectory } from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"

/** Each starts whole processes, some of them several times. */
const LONGEST_MS = 180_000

const CALLBOARD_CONFIG = join(import.meta.dir, "fixtures/commands.ts")

const workspace = Effect.map(temporaryDirectory, (directory) => {
  const dataDirectory = join(directory, "data")
  const { name } = identityOf(dataDirectory, true)
  return {
    options: { dataDirectory, env: { CALLBOARD_CONFIG } },
    /** What runs for this Callboard, also what a former run of it left. */
    marked: Effect.map(findMarked(name), (found) => found.map(({ pid }) => pid))
  }
})

interface LogPage {
  readonly data: ReadonlyArray<{ readonly id: number; readonly level: string; readonly message: string }>
}

const logOf = (callboard: RunningCallboard, id: string) =>
  Effect.gen(function* () {
    const lines: Array<LogPage["data"][number]> = []
    for (;;) {
      const after = lines.at(-1)?.id ?? 0
      const { body } = yield* callboard.json<LogPage>(`/api/jobs/${id}/logs?after=${after}&limit=1000`)
      if (body.data.length === 0) return lines
      lines.push(...body.data)
    }
  })

/** A stuck job with all its children: the script, one in its group, one in a session of its own, and what they run. */
const startStuck = (callboard: RunningCallboard, marked: Effect.Effect<ReadonlyArray<number>>) =>
  Effect.gen(function* () {
    const { id } = yield* callboard.create("stuck-import", {})
    yield* callboard.jobWhen(id, (job) => job.progress.percent === 33)
    const pids = yield* eventually(Effect.map(marked, (found) => (found.length >= 5 ? found : undefined)))
    return { id, pids }
  })

const commandLines = (pids: ReadonlyArray<number>) =>
  pids.map((pid) => readFileSync(`/proc/${pid}/cmdline`, { encoding: "utf8", flag: "r" })).join("\n")

it.live(
  "runs a script of the command line, follows its steps, and shows its secret to nobody",
  () =>
    Effect.gen(function* () {
      const { marked, options } = yield* workspace
      const callboard = yield* startCallboard(options)
      const token = "menu-s3cret-token"

      const long = yield* callboard.create("export-menu", { restaurant: "sushi-ito", dishes: 1_000, token })
      yield* callboard.jobWhen(long.id, (job) => job.progress.percent > 0)
      const visible = commandLines(yield* marked)
      yield* callboard.post(`/api/jobs/${long.id}/cancel`, {})
      const { id } = yield* callboard.create("export-menu", {
        restaurant: "sushi-ito",
        dishes: 3,
        verbose: true,
        token
      })
      const job = yield* callboard.jobEnded(id)
      const refused = yield* callboard.create("export-menu", { restaurant: "sushi-ito", token: "wr0ng-token" })
      const failed = yield* callboard.jobEnded(refused.id)

      expect(job).toMatchObject({ status: "completed", result: { restaurant: "sushi-ito", dishes: 3 } })
      expect(job.steps.map(({ name }) => name)).toEqual(["read", "write"])
      expect(failed).toMatchObject({
        status: "failed",
        error: { code: "INVALID_CREDENTIALS", message: "The portal refused the token." }
      })
      const log = yield* logOf(callboard, id)
      expect(log.map(({ message }) => message)).toContain("3/3 dishes read")
      expect(yield* logOf(callboard, refused.id)).toContainEqual(
        expect.objectContaining({ level: "warn", message: "login refused: the token is not valid" })
      )
      expect(visible).toContain("export-menu.mjs")
      expect(callboard.output()).not.toContain("dishes read")
      for (const text of [visible, JSON.stringify([log, job, failed]), callboard.output()]) {
        expect(text).not.toContain("s3cret")
        expect(text).not.toContain("wr0ng")
      }
      yield* callboard.jobEnded(long.id)
      expect(yield* marked).toEqual([])
    }),
  LONGEST_MS
)

it.live(
  "has ended every process of a command when its job is cancelled or out of time",
  () =>
    Effect.gen(function* () {
      const { marked, options } = yield* workspace
      const callboard = yield* startCallboard(options)

      const { id } = yield* startStuck(callboard, marked)
      yield* callboard.post(`/api/jobs/${id}/cancel`, {})
      const cancelled = yield* callboard.jobEnded(id)
      const afterCancel = yield* marked
      const late = yield* callboard.create("stuck-import", {}, { timeoutMs: 3_000 })
      const timedOut = yield* callboard.jobEnded(late.id)

      expect([cancelled.status, afterCancel]).toEqual(["cancelled", []])
      expect(timedOut).toMatchObject({ status: "failed", error: { code: "TIMEOUT" } })
      expect(yield* marked).toEqual([])
    }),
  LONGEST_MS
)

it.live(
  "ends commands with Callboard: at once when it is killed, after their grace when it is stopped",
  () =>
    Effect.gen(function* () {
      const { marked, options } = yield* workspace
      const first = yield* startCallboard({
        ...options,
        env: { ...options.env, CALLBOARD_SHUTDOWN_GRACE: "100 millis" }
      })
      const { id, pids } = yield* startStuck(first, marked)

      yield* first.signal("SIGKILL")
      yield* eventually(Effect.map(marked, (found) => (found.some((pid) => pids.includes(pid)) ? undefined : true)))

      const second = yield* startCallboard({
        ...options,
        env: { ...options.env, CALLBOARD_SHUTDOWN_GRACE: "100 millis" }
      })
      yield* second.jobWhen(id, (job) => job.attempts === 2 && job.progress.percent === 33)
      expect(yield* second.signal("SIGTERM")).toBe(0)
      expect(yield* marked).toEqual([])
    }),
  LONGEST_MS
)

it.live(
  "keeps a flood of output in bounds, and finds the result behind it",
  () =>
    Effect.gen(function* () {
      const { options } = yield* workspace
      const callboard = yield* startCallboard(options)

      const { id } = yield* callboard.create("flood", {})
      const job = yield* callboard.jobEnded(id)
      const log = yield* logOf(callboard, id)

      expect(job).toMatchObject({ status: "completed", result: { said: 400_001 } })
      expect(log.length).toBeLessThanOrEqual(10_000)
      expect(log.at(-1)!.message).toBe("More lines than are kept follow.")
      expect(Math.max(...log.map(({ message }) => message.length))).toBeLessThanOrEqual(8_000)
    }),
  LONGEST_MS
)
