import { expect } from "bun:test"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import {
  eventually,
  processesNaming,
  spawnCallboard,
  startCallboard,
  temporaryDirectory
} from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"
import { postmasterOf } from "../support/PostgresProcesses.ts"

const CALLBOARD_CONFIG = join(import.meta.dir, "fixtures/job-types.ts")

const workspace = Effect.map(temporaryDirectory, (directory) => ({
  dataDirectory: join(directory, "data"),
  journal: join(directory, "journal"),
  gate: join(directory, "gate"),
  lines: () => readFileSync(join(directory, "journal"), "utf8").trim().split("\n")
}))

it.live("goes on after a kill -9 where the job was, and runs no finished step again", () =>
  Effect.gen(function* () {
    const { dataDirectory, gate, journal, lines } = yield* workspace
    const env = { CALLBOARD_CONFIG }
    const first = yield* startCallboard({ dataDirectory, env })
    const { id } = yield* first.create("gated", { journal, gate })
    yield* first.jobWhen(id, (job) => job.progress.stepName === "second")
    yield* first.signal("SIGKILL")

    const second = yield* startCallboard({ dataDirectory, env })
    yield* second.jobWhen(id, (job) => job.attempts === 2 && job.progress.stepName === "second")
    writeFileSync(gate, "")
    const job = yield* second.jobEnded(id)

    expect(job).toMatchObject({ status: "completed", result: { attempt: 2 }, retryCount: 0 })
    expect(lines()).toEqual(["first", "second", "second"])
  })
)

it.live("hands a running job back when it is stopped, exits with 0 and leaves no process", () =>
  Effect.gen(function* () {
    const { dataDirectory, gate, journal, lines } = yield* workspace
    const env = { CALLBOARD_CONFIG, CALLBOARD_SHUTDOWN_GRACE: "100 millis" }
    const first = yield* startCallboard({ dataDirectory, env })
    const { id } = yield* first.create("gated", { journal, gate })
    yield* first.jobWhen(id, (job) => job.progress.stepName === "second")

    expect(yield* first.signal("SIGTERM")).toBe(0)
    expect(processesNaming(dataDirectory)).toEqual([])

    writeFileSync(gate, "")
    const second = yield* startCallboard({ dataDirectory, env })
    const job = yield* second.jobEnded(id)
    expect(job).toMatchObject({ status: "completed", retryCount: 0 })
    expect(lines()).toEqual(["first", "second", "second"])
    expect(yield* second.signal("SIGINT")).toBe(0)
    expect(processesNaming(dataDirectory)).toEqual([])
  })
)

it.live("says clearly what is wrong when another process owns the data directory", () =>
  Effect.gen(function* () {
    const { dataDirectory } = yield* workspace
    const first = yield* startCallboard({ dataDirectory })
    const second = yield* spawnCallboard({ dataDirectory })

    expect(yield* Effect.promise(() => second.ended)).toBe(1)
    expect(second.output()).toMatch(/^Callboard cannot start\. The data directory \S+ is in use by .*\n$/u)
    expect(second.output()).toContain(`process ${first.pid}`)
    expect((yield* first.json("/readyz")).status).toBe(200)
  })
)

it.live("stops with one line that names a wrong setting, and tells nothing of its value", () =>
  Effect.gen(function* () {
    const { dataDirectory } = yield* workspace
    const wrong = yield* spawnCallboard({ dataDirectory, env: { DATABASE_URL: "mysql://root:hunter2@localhost/db" } })

    expect(yield* Effect.promise(() => wrong.ended)).toBe(1)
    expect(wrong.output()).toBe("Callboard cannot start. DATABASE_URL must be a postgres:// URL.\n")
  })
)

it.live("takes the next port when its own is taken, and says so", () =>
  Effect.gen(function* () {
    const one = yield* workspace
    const other = yield* workspace
    const first = yield* startCallboard({ dataDirectory: one.dataDirectory })
    const second = yield* startCallboard({ dataDirectory: other.dataDirectory, env: { PORT: first.url.port } })

    expect(Number(second.url.port)).toBeGreaterThan(Number(first.url.port))
    expect(second.output()).toContain(`Port ${first.url.port} is taken, so port ${second.url.port} is used.`)
    // Nobody reads a terminal here, so every line is for a program.
    const lines = second.output().trim().split("\n")
    expect(lines.map((line) => typeof JSON.parse(line).message)).toEqual(lines.map(() => "string"))
  })
)

it.live("comes back after its PostgreSQL was killed, and loses no job", () =>
  Effect.gen(function* () {
    const { dataDirectory, gate, journal } = yield* workspace
    const callboard = yield* startCallboard({ dataDirectory, env: { CALLBOARD_CONFIG } })
    const { id } = yield* callboard.create("gated", { journal, gate })
    yield* callboard.jobWhen(id, (job) => job.progress.stepName === "second")

    const postmaster = postmasterOf(dataDirectory)
    process.kill(postmaster, "SIGKILL")
    // Before it is ready again, the file may not be there.
    yield* eventually(
      Effect.map(callboard.json("/readyz"), ({ status }) =>
        status === 200 && postmasterOf(dataDirectory) !== postmaster ? true : undefined
      )
    )
    writeFileSync(gate, "")

    expect(yield* callboard.jobEnded(id)).toMatchObject({ status: "completed", attempts: 1 })
  })
)

it.live("ends at once on a second signal, leaves no process, and takes the job over at the next start", () =>
  Effect.gen(function* () {
    const { dataDirectory, gate, journal } = yield* workspace
    const env = { CALLBOARD_CONFIG, CALLBOARD_SHUTDOWN_GRACE: "10 minutes" }
    const first = yield* startCallboard({ dataDirectory, env })
    const { id } = yield* first.create("gated", { journal, gate })
    yield* first.jobWhen(id, (job) => job.progress.stepName === "second")

    process.kill(first.pid, "SIGTERM")
    yield* eventually(Effect.sync(() => first.output().includes("Waiting up to") || undefined))
    // It has seen the first signal by now; a second one counts as such when it comes a second later.
    const since = performance.now()
    yield* eventually(Effect.sync(() => performance.now() - since > 1_000 || undefined))
    expect(yield* first.signal("SIGTERM")).toBe(130)
    yield* eventually(Effect.sync(() => processesNaming(dataDirectory).length === 0 || undefined))

    writeFileSync(gate, "")
    const second = yield* startCallboard({ dataDirectory, env })
    expect(yield* second.jobEnded(id)).toMatchObject({ status: "completed", attempts: 2, retryCount: 0 })
  })
)

it.live("takes a signal that comes twice at once for one: a terminal and a package runner both send it", () =>
  Effect.gen(function* () {
    const { dataDirectory, gate, journal } = yield* workspace
    const callboard = yield* startCallboard({ dataDirectory, env: { CALLBOARD_CONFIG } })
    const { id } = yield* callboard.create("gated", { journal, gate })
    yield* callboard.jobWhen(id, (job) => job.progress.stepName === "second")

    process.kill(callboard.pid, "SIGINT")
    const ended = callboard.signal("SIGINT")
    yield* eventually(Effect.sync(() => callboard.output().includes("Waiting up to") || undefined))
    writeFileSync(gate, "")

    expect(yield* ended).toBe(0)
    expect(callboard.output()).toContain("job completed")
  })
)

it.live("goes on when a script leaves errors behind that nothing waits for, and quotes none of them", () =>
  Effect.gen(function* () {
    const { dataDirectory } = yield* workspace
    const callboard = yield* startCallboard({ dataDirectory, env: { CALLBOARD_CONFIG } })
    const { id } = yield* callboard.create("careless", {})
    expect(yield* callboard.jobEnded(id)).toMatchObject({ status: "completed", result: "done" })
    const told = () => callboard.output().split("an error that nothing waits for").length - 1
    yield* eventually(Effect.sync(() => told() === 2 || undefined))

    expect((yield* callboard.json("/readyz")).status).toBe(200)
    expect(callboard.output()).toContain("test/e2e/fixtures/job-types.ts")
    expect(callboard.output()).not.toContain("hunter2")
    expect(yield* callboard.signal("SIGTERM")).toBe(0)
  })
)

it.live("does not start with a browser that is not there", () =>
  Effect.gen(function* () {
    const { dataDirectory } = yield* workspace
    const wrong = yield* spawnCallboard({ dataDirectory, env: { CALLBOARD_CHROMIUM: "/nowhere/chromium" } })

    expect(yield* Effect.promise(() => wrong.ended)).toBe(1)
    expect(wrong.output()).toMatch(/^Callboard cannot start\..*\/nowhere\/chromium/mu)
    expect(processesNaming(dataDirectory)).toEqual([])
  })
)
