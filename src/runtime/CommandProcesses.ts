/** The processes of commands: how they are started, and how all of them end with the call that started them. */
import { NodeServices } from "@effect/platform-node"
import { Deferred, Duration, Effect, Fiber, Layer, Option, Redacted, Stream } from "effect"
import type { PlatformError } from "effect/PlatformError"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import {
  type Command,
  type CommandEnd,
  type CommandLine,
  Commands,
  type CommandsApi,
  killAfterOf
} from "../domain/Commands.ts"
import type { WorkerIdentity } from "../domain/Lease.ts"
import { watchCommand } from "./CommandWatch.ts"
import { commandStartFailure } from "./commandStartFailure.ts"
import { makeLineCutter, type OutputLine } from "./OutputLines.ts"
import { commandMarkerOf, findMarked, isBelow, killMarked, killOrphans, markerOf, markOf } from "./ProcessSweep.ts"

const PASSED_ON = ["PATH", "HOME", "LANG", "TZ"]

const environmentOf = ({ environment, inherit = [] }: Command, mark: string) => ({
  ...Object.fromEntries([...PASSED_ON, ...inherit].map((name) => [name, process.env[name]])),
  ...environment,
  ...markOf(mark)
})

const start = (command: Command, mark: string) =>
  ChildProcess.make(command.program, [...command.args], {
    env: environmentOf(command, mark),
    extendEnv: false,
    stdin:
      command.stdin === undefined ? "ignore" : Stream.make(new TextEncoder().encode(Redacted.value(command.stdin))),
    ...(command.directory !== undefined && { cwd: command.directory }),
    // Our own end comes before, because it also has to reach children that left the group.
    forceKillAfter: Duration.zero
  }).pipe(
    Effect.mapError((error) => commandStartFailure(command, error)),
    // Some refusals of the system are thrown where they should fail.
    Effect.catchDefect((defect) => Effect.fail(commandStartFailure(command, defect)))
  )

type Child = ChildProcessSpawner.ChildProcessHandle

const signal = (target: number, name: NodeJS.Signals): void => {
  try {
    process.kill(target, name)
  } catch {
    // It is gone already.
  }
}

/** Real time, whatever clock the caller runs on: the kernel keeps its own. */
const soon = Effect.promise(() => Bun.sleep(20))

const lastWords = Effect.promise(() => Bun.sleep(500))

/** SIGTERM to the group and to what left it, and time to end. */
const askToEnd = (command: Command, { isRunning, pid }: Child, mark: string) =>
  Effect.gen(function* () {
    signal(-pid, "SIGTERM")
    for (const found of yield* findMarked(mark)) signal(found.pid, "SIGTERM")
    const until = performance.now() + Duration.toMillis(killAfterOf(command))
    const isOver = Effect.gen(function* () {
      if (performance.now() >= until) return true
      return !(yield* isRunning) && (yield* findMarked(mark)).length === 0
    })
    yield* Effect.andThen(soon, isOver).pipe(Effect.repeat({ until: (over) => over }))
  })

/** Afterwards nothing of the command is left. */
const end = (command: Command, child: Child, mark: string) =>
  Effect.gen(function* () {
    if (yield* child.isRunning) yield* askToEnd(command, child, mark)
    signal(-child.pid, "SIGKILL")
    yield* killMarked(mark)
    yield* Effect.exit(child.exitCode)
    // Otherwise Effect waits a second for zombies of the group, which only their own parent can bury.
    yield* child.unref
  }).pipe(Effect.orDie)

const SIGNAL = /signal: '(\w+)'/u

/** Effect tells the signal in the text of the cause only. */
const killedBy = ({ reason }: PlatformError): CommandEnd => {
  const text = "cause" in reason && reason.cause instanceof Error ? reason.cause.message : ""
  return { _tag: "Killed", signal: SIGNAL.exec(text)?.[1] ?? "unknown" }
}

/** A process that hid itself may hold the output open: nobody waits for it longer than this after the end. */
const LONGEST_SILENCE = Duration.seconds(2)

/** Nor longer than this, if it goes on talking. A slow reader has as long to take what the command said. */
const LONGEST_REST = Duration.seconds(10)

type OnLine = (line: CommandLine) => Effect.Effect<void>

/** Gives every line until the output is closed, or until nothing has come for a while, or too much, after `gone`. */
const readLines = (
  from: CommandLine["from"],
  output: Stream.Stream<Uint8Array, PlatformError>,
  gone: Deferred.Deferred<void>,
  onLine: OnLine
) =>
  Effect.gen(function* () {
    const cutter = makeLineCutter()
    const pull = yield* Stream.toPull(output)
    const isOver = yield* Deferred.make<void>()
    yield* Deferred.await(gone).pipe(
      Effect.andThen(Effect.sleep(LONGEST_REST)),
      Effect.andThen(Deferred.succeed(isOver, undefined)),
      Effect.forkScoped
    )
    const silence = Effect.andThen(Deferred.await(gone), Effect.sleep(LONGEST_SILENCE))
    const enough = Effect.as(Effect.raceFirst(silence, Deferred.await(isOver)), Option.none())
    const next = Effect.raceFirst(Effect.option(pull), enough)
    const tell = Effect.fnUntraced(function* (lines: ReadonlyArray<OutputLine>) {
      for (const line of lines) yield* onLine({ from, ...line })
    })
    for (let chunks = yield* next; Option.isSome(chunks); chunks = yield* next) {
      for (const bytes of chunks.value) yield* tell(cutter.push(bytes))
    }
    yield* tell(cutter.end())
  }).pipe(Effect.scoped)

const run = (command: Command, mark: string, onLine: OnLine) =>
  Effect.gen(function* () {
    yield* Effect.addFinalizer(() => killMarked(mark))
    const group = yield* Deferred.make<number>()
    yield* watchCommand(group, mark)
    const child = yield* start(command, mark)
    yield* Deferred.succeed(group, child.pid)
    const gone = yield* Deferred.make<void>()
    const reading = yield* Effect.forkScoped(
      Effect.all([readLines("stdout", child.stdout, gone, onLine), readLines("stderr", child.stderr, gone, onLine)], {
        concurrency: "unbounded",
        discard: true
      })
    )
    // What a program says while it tidies up is heard too, unless nobody listens any more.
    yield* Effect.addFinalizer(() =>
      Effect.andThen(end(command, child, mark), Effect.raceFirst(Fiber.await(reading), lastWords))
    )
    const ended = child.exitCode.pipe(
      Effect.map((code): CommandEnd => ({ _tag: "Exited", code })),
      Effect.catch((error) => Effect.succeed(killedBy(error)))
    )
    // A bug of the reader ends the command too.
    const how = yield* Effect.raceFirst(ended, Effect.andThen(Fiber.join(reading), Effect.never))
    // What it left running would hold the output open, and has nobody to work for.
    signal(-child.pid, "SIGKILL")
    yield* killMarked(mark)
    yield* Deferred.succeed(gone, undefined)
    yield* Fiber.join(reading)
    return how
  }).pipe(Effect.scoped)

const SWEEP_EVERY = Duration.minutes(1)

/** A worker whose name is new at each start (`DATABASE_URL`) finds what it left by its owner alone. */
const sweep = Effect.fnUntraced(function* (worker: WorkerIdentity) {
  const own = yield* killMarked(worker.name, ({ mark }) => isBelow(mark, markerOf(worker)))
  const left = [...own, ...(yield* killOrphans)]
  if (left.length > 0)
    yield* Effect.annotateLogs(Effect.logWarning("Killed processes that a former run left"), { processes: left.length })
})

const make = (worker: WorkerIdentity) =>
  Effect.gen(function* () {
    const marker = commandMarkerOf(worker)
    yield* sweep(worker)
    // Another Callboard of this machine may be killed meanwhile, and never start again.
    yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(SWEEP_EVERY), sweep(worker))))
    yield* Effect.addFinalizer(() => killMarked(marker))
    // Only this service: the rest of our context is the caller's to choose, his logger above all.
    const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
    const api: CommandsApi = {
      run: (command, onLine) =>
        Effect.suspend(() => run(command, `${marker}/${Bun.randomUUIDv7()}`, onLine)).pipe(
          Effect.provideService(ChildProcessSpawner.ChildProcessSpawner, spawner)
        )
    }
    return api
  })

export const layer = (worker: WorkerIdentity) =>
  Layer.effect(Commands, make(worker)).pipe(Layer.provide(NodeServices.layer))
