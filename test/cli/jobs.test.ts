import { expect } from "bun:test"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Fiber } from "effect"
import { startCallboard, temporaryDirectory } from "../support/CallboardProcess.ts"
import { commandLine } from "../support/CommandLine.ts"
import { it } from "../support/effect.ts"
import { TestPostgres } from "../support/TestPostgres.ts"

const CALLBOARD_CONFIG = join(import.meta.dir, "../e2e/fixtures/job-types.ts")

it.live("creates, follows, shows, cancels and retries jobs of a running server", () =>
  Effect.gen(function* () {
    const dataDirectory = yield* temporaryDirectory
    const DATABASE_URL = TestPostgres.urlOf(yield* TestPostgres.freshDatabase())
    const { url } = yield* startCallboard({ dataDirectory, env: { CALLBOARD_CONFIG, DATABASE_URL } })
    const callboard = commandLine({ CALLBOARD_URL: url.href })
    const [journal, gate, shut] = ["journal", "gate", "shut"].map((name) => join(dataDirectory, name))
    const input = join(dataDirectory, "input.json")
    writeFileSync(gate!, "")
    writeFileSync(input, JSON.stringify({ journal, gate }))

    const types = yield* callboard("types")
    expect(types.out).toMatch(/^gated +Gated$/mu)
    const type = yield* callboard("types", "gated")
    expect(JSON.parse(type.out)).toMatchObject({ example: { gate: "/tmp/gate" } })

    const waited = yield* callboard("enqueue", "gated", "--input", `@${input}`, "--key", "one", "--wait")
    expect(waited.code).toBe(0)
    expect(waited.error).toContain("completed, 100 %")
    expect(JSON.parse(waited.out)).toEqual({ attempt: 1 })
    const again = yield* callboard("enqueue", "gated", "--input", `@${input}`, "--key", "one")
    expect(waited.error).toStartWith(again.out)
    const id = again.out
    expect((yield* callboard("jobs", "show", id)).out).toMatch(/^status +completed$/mu)
    expect(JSON.parse((yield* callboard("jobs", "list", "--status", "completed", "--json")).out)).toMatchObject([
      { jobId: id }
    ])
    expect((yield* callboard("jobs", "list", "--status", "failed")).error).toBe("No job matches.")

    const { out: open } = yield* callboard("enqueue", "gated", "--input", JSON.stringify({ journal, gate: shut }))
    const followed = yield* Effect.forkChild(callboard("jobs", "logs", open, "--follow"))
    expect(yield* callboard("jobs", "cancel", open)).toMatchObject({ code: 0, error: expect.stringContaining(open) })
    yield* Fiber.join(followed)
    expect((yield* callboard("jobs", "show", open)).out).toMatch(/^status +cancelled$/mu)
    expect(yield* callboard("jobs", "retry", open, "--input", `@${input}`)).toMatchObject({
      code: 0,
      error: `${open} runs again.`
    })
  })
)

it.live("says in a sentence why it cannot do what is asked, and fails", () =>
  Effect.gen(function* () {
    const callboard = commandLine({ CALLBOARD_URL: "http://127.0.0.1:1" })
    const refusals: ReadonlyArray<readonly [ReadonlyArray<string>, string]> = [
      [["jobs", "list"], "Callboard does not answer at http://127.0.0.1:1"],
      [["jobs", "show"], "Missing required argument"],
      [["enqueue", "gated", "--input", '{"password": "hunter2"'], "Expected: JSON"],
      [["backup", "/"], "There is no embedded database"],
      [["cook"], "cook"]
    ]
    const dataDirectory = yield* temporaryDirectory
    for (const [words, why] of refusals) {
      const { code, error, out } = yield* commandLine({
        CALLBOARD_URL: "http://127.0.0.1:1",
        CALLBOARD_DATA_DIR: dataDirectory
      })(...words)
      expect([words[0], code]).toEqual([words[0], 1])
      expect(error).toContain(why)
      expect(`${out}${error}`).not.toContain("hunter2")
    }
    expect(yield* callboard("--version")).toMatchObject({ code: 0, out: expect.stringContaining("0.1.0") })
    expect(yield* callboard("--completions", "bash")).toMatchObject({
      code: 0,
      out: expect.stringContaining("callboard")
    })
  })
)
