import { expect } from "bun:test"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Deferred, Duration, Effect, Exit, Fiber, Layer, Redacted } from "effect"
import type { CommandLine } from "../../src/domain/Commands.ts"
import * as CommandProcesses from "../../src/runtime/CommandProcesses.ts"
import { type ProcessOwner, thisProcess } from "../../src/runtime/ProcessOwner.ts"
import { findMarked } from "../../src/runtime/ProcessSweep.ts"
import { eventually } from "../support/CallboardProcess.ts"
import { openCommands, shell, withStdin } from "../support/commands.ts"
import { it } from "../support/effect.ts"
import { testDirectory } from "../support/testDirectory.ts"

it.live("tells lines, their origin and the exit code", () =>
  Effect.gen(function* () {
    const { run } = yield* openCommands

    const { end, stderr, stdout } = yield* run(shell("printf 'one\\r\\ntwo\\n\\nlast'; echo oops >&2; exit 7"))

    expect(end).toEqual({ _tag: "Exited", code: 7 })
    expect(stdout).toEqual(["one", "two", "", "last"])
    expect(stderr).toEqual(["oops"])
  })
)

it.live("gives arguments, environment and standard input, and nothing of Callboard's own environment", () =>
  Effect.gen(function* () {
    const { run } = yield* openCommands
    process.env.DATABASE_URL_OF_TEST = "postgres://secret"
    process.env.WANTED_BY_TEST = "wanted"

    const { stdout } = yield* run(
      shell('echo "$1|$2"; cat; echo; env', {
        args: ["-c", 'echo "$1|$2"; cat; echo; env', "sh", "a b; $(id)", "ü"],
        environment: { PLAIN: "yes", TOKEN: Redacted.make("s3cret-token") },
        inherit: ["WANTED_BY_TEST"],
        ...withStdin("typed in")
      })
    )
    delete process.env.DATABASE_URL_OF_TEST
    delete process.env.WANTED_BY_TEST

    expect(stdout.slice(0, 2)).toEqual(["a b; $(id)|ü", "typed in"])
    expect(stdout).toContain("PLAIN=yes")
    expect(stdout).toContain("TOKEN=s3cret-token")
    expect(stdout).toContain("WANTED_BY_TEST=wanted")
    const names = stdout.slice(2).map((line) => line.split("=")[0]!)
    const expected =
      "CALLBOARD_OWNER CALLBOARD_WORKER HOME LANG OLDPWD PATH PLAIN PWD SHLVL TOKEN TZ WANTED_BY_TEST _".split(" ")
    expect(names.filter((name) => !expected.includes(name))).toEqual([])
  })
)

it.live("does not mind a program that leaves its input unread", () =>
  Effect.gen(function* () {
    const { run } = yield* openCommands

    const { end } = yield* run(shell("exit 3", withStdin("x".repeat(5_000_000))))

    expect(end).toEqual({ _tag: "Exited", code: 3 })
  })
)

it.live("reads what is no text, colours and a line of 10 MB without an end, and goes on", () =>
  Effect.gen(function* () {
    const { run } = yield* openCommands
    const script =
      "printf '\\377\\376x\\000y\\n\\033[31mred\\033[0m\\n'; head -c 10485760 /dev/zero | tr '\\0' z; echo; echo after"

    const { lines, stdout } = yield* run(shell(script))

    expect(stdout.slice(0, 2)).toEqual(["\ufffd\ufffdx\u0000y", "red"])
    expect([lines[2]!.text.length, lines[2]!.cut]).toEqual([2 * 1024 * 1024, true])
    expect(stdout.at(-1)).toBe("after")
  })
)

it.live("slows a program down that says more than its reader takes, and holds no more than a little of it", () =>
  Effect.gen(function* () {
    const { commands } = yield* openCommands
    const directory = yield* testDirectory
    const [said, taken] = [join(directory, "said"), yield* Deferred.make<void>()]
    // Each line is 16 KiB; the file counts what got out.
    const script = `i=0; l=$(printf '%016383d' 0); while [ $i -lt 1000 ]; do echo "$l"; i=$((i+1)); echo $i > ${said}; done`

    const run = yield* Effect.forkChild(commands.run(shell(script), () => Deferred.await(taken)))
    const count = () => Number(readFileSync(said, { encoding: "utf8", flag: "a+" }))
    const counts: Array<number> = []
    const held = yield* eventually(
      Effect.sync(() => {
        counts.push(count())
        const last = counts.slice(-10)
        return last.length === 10 && last[0]! > 0 && last.every((each) => each === last[0]) ? last[0] : undefined
      })
    )
    yield* Deferred.succeed(taken, undefined)
    const end = yield* Fiber.join(run)

    expect(held).toBeLessThan(100)
    expect(end).toEqual({ _tag: "Exited", code: 0 })
    expect(count()).toBe(1_000)
  })
)

it.live("says which signal ended a program that nobody here ended", () =>
  Effect.gen(function* () {
    const { run } = yield* openCommands

    expect((yield* run(shell("kill -9 $$"))).end).toEqual({ _tag: "Killed", signal: "SIGKILL" })
    expect((yield* run(shell("kill -SEGV $$"))).end).toEqual({ _tag: "Killed", signal: "SIGSEGV" })
  })
)

it.live("says why a program cannot be started", () =>
  Effect.gen(function* () {
    const { run } = yield* openCommands
    const file = join(yield* testDirectory, "no-program")
    writeFileSync(file, "echo hello")
    const failure = (rest: Parameters<typeof shell>[1]) =>
      Effect.map(Effect.flip(run(shell("true", rest))), ({ code, message }) => `${code} ${message}`)

    expect(yield* failure({ program: "no-such-program" })).toBe("NOT_FOUND The command no-such-program was not found.")
    expect(yield* failure({ program: file })).toMatch(/^PERMISSION_DENIED .* cannot be run as a program/u)
    expect(yield* failure({ directory: "/no/such/folder" })).toMatch(/^NOT_FOUND .* in the folder \/no\/such\/folder/u)
    expect(yield* failure({ args: ["s3cret".repeat(500_000)] })).toBe(
      "VALIDATION_ERROR The input is too large for arguments and environment of a command."
    )
  })
)

/** Says when it and its children run: one in its group, one in a session of its own, both deaf to SIGTERM. */
const hang = "trap '' TERM; (sleep 600 & setsid sleep 600 & wait) & echo ready; wait; sleep 600"

it.live("ends all processes of a command that is interrupted, also deaf ones and those that left its session", () =>
  Effect.gen(function* () {
    const { alive, commands } = yield* openCommands
    const ready = yield* Deferred.make<void>()
    const run = yield* Effect.forkChild(commands.run(shell(hang), () => Deferred.succeed(ready, undefined)))
    yield* Deferred.await(ready)
    yield* eventually(Effect.map(alive, (count) => (count >= 4 ? true : undefined)))

    const since = performance.now()
    yield* Fiber.interrupt(run)
    const took = performance.now() - since

    expect(yield* alive).toBe(0)
    expect(took).toBeGreaterThanOrEqual(500)
  })
)

it.live("waits for no program longer than the lease of its job allows", () =>
  Effect.gen(function* () {
    const { alive, commands } = yield* openCommands
    const ready = yield* Deferred.make<void>()
    const deaf = shell("trap '' TERM; echo ready; while :; do sleep 0.05; done", { killAfter: "1 minute" })
    const run = yield* Effect.forkChild(commands.run(deaf, () => Deferred.succeed(ready, undefined)))
    yield* Deferred.await(ready)

    const [took] = yield* Effect.timed(Fiber.interrupt(run))

    expect(Duration.toSeconds(took)).toBeLessThan(20)
    expect(yield* alive).toBe(0)
  })
)

it.live("lets a program that listens to SIGTERM tidy up, and hears what it says", () =>
  Effect.gen(function* () {
    const { alive, commands } = yield* openCommands
    const file = join(yield* testDirectory, "tidied")
    const ready = yield* Deferred.make<void>()
    const script = `trap 'echo tidied > ${file}; head -c 500000 /dev/zero; echo; echo bye; exit 0' TERM; echo ready; while :; do sleep 0.05; done`
    const command = shell(script, { killAfter: Duration.seconds(30) })
    const lines: Array<string> = []
    const hear = ({ text }: CommandLine) =>
      Effect.andThen(
        Effect.sync(() => lines.push(text)),
        Deferred.succeed(ready, undefined)
      )
    const run = yield* Effect.forkChild(commands.run(command, hear))
    yield* Deferred.await(ready)

    yield* Fiber.interrupt(run)

    expect(readFileSync(file, "utf8")).toBe("tidied\n")
    expect(lines.at(-1)).toBe("bye")
    expect(yield* alive).toBe(0)
  })
)

it.live("ends what a command left behind, and does not wait for its output", () =>
  Effect.gen(function* () {
    const { alive, run } = yield* openCommands

    const { end, stdout } = yield* run(shell("(trap '' TERM; setsid sleep 600) & sleep 600 & echo done"))

    expect([end, stdout]).toEqual([{ _tag: "Exited", code: 0 }, ["done"]])
    expect(yield* alive).toBe(0)
  })
)

it.live("does not wait for a process that hid itself and holds the output open", () =>
  Effect.gen(function* () {
    const { run } = yield* openCommands
    const file = join(yield* testDirectory, "pid")
    yield* Effect.addFinalizer(() => Effect.sync(() => process.kill(Number(readFileSync(file, "utf8")), "SIGKILL")))

    const { end, stdout } = yield* run(
      shell(
        `env -i PATH="$PATH" setsid sh -c 'echo $$ > ${file}; exec sleep 600' & while [ ! -s ${file} ]; do :; done; echo done`
      )
    )

    expect([end, stdout]).toEqual([{ _tag: "Exited", code: 0 }, ["done"]])
  })
)

it.live(
  "does not listen for ever to a process that hid itself and goes on talking",
  () =>
    Effect.gen(function* () {
      const { run } = yield* openCommands
      const file = join(yield* testDirectory, "pid")
      yield* Effect.addFinalizer(() => Effect.sync(() => process.kill(Number(readFileSync(file, "utf8")), "SIGKILL")))

      const { end, stdout } = yield* run(
        shell(
          `env -i PATH="$PATH" setsid sh -c 'echo $$ > ${file}; while sleep 0.3; do echo talk; done' & while [ ! -s ${file} ]; do :; done; echo done`
        )
      )

      expect(end).toEqual({ _tag: "Exited", code: 0 })
      expect(stdout.slice(0, 2)).toEqual(["done", "talk"])
    }),
  60_000
)

it.live("ends a command whose reader has a bug", () =>
  Effect.gen(function* () {
    const { alive, commands } = yield* openCommands

    const exit = yield* Effect.exit(commands.run(shell("echo hello; sleep 600"), () => Effect.die(new Error("bug"))))

    expect(Exit.hasDies(exit)).toBe(true)
    expect(yield* alive).toBe(0)
  })
)

it.live("ends what a former run of the same worker left", () =>
  Effect.gen(function* () {
    const { worker } = yield* openCommands
    const left = Bun.spawn(["setsid", "sleep", "600"], {
      env: { PATH: process.env.PATH, CALLBOARD_WORKER: `${worker.name}/former/command/1` }
    })

    yield* Layer.build(CommandProcesses.layer({ ...worker, bootId: "next" }))

    expect(yield* findMarked(`${worker.name}/former`)).toEqual([])
    yield* Effect.promise(() => left.exited)
  })
)

it.live("ends what a Callboard of another name left, if that is gone for certain", () =>
  Effect.gen(function* () {
    const started = (mark: string, owner: ProcessOwner) =>
      Effect.acquireRelease(
        Effect.sync(() =>
          Bun.spawn(["sleep", "600"], {
            env: { PATH: process.env.PATH, CALLBOARD_WORKER: mark, CALLBOARD_OWNER: JSON.stringify(owner) },
            stdio: ["ignore", "ignore", "ignore"]
          })
        ),
        (child) => {
          child.kill("SIGKILL")
          return Effect.promise(() => child.exited)
        }
      )
    const former = `test-${crypto.randomUUID()}`
    const left = yield* started(`${former}/gone/command/1`, { ...thisProcess, startedAt: "1" })
    yield* started(`${former}/alive/command/1`, thisProcess)
    yield* started(`${former}/elsewhere/command/1`, { ...thisProcess, startedAt: "1", namespace: "pid:[1]" })

    yield* openCommands

    const found = yield* findMarked(former)
    expect(found.map(({ mark }) => mark.split("/")[1]).toSorted()).toEqual(["alive", "elsewhere"])
    yield* Effect.promise(() => left.exited)
  })
)
