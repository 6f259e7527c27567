/** The worker processes of a run: started, disturbed and ended by pid. Only processes that this file started. */
import { closeSync, openSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Duration, Effect, Option } from "effect"
import { ChaosDatabase, roleOf } from "./ChaosDatabase.ts"
import { isAtWork, type Journal } from "./Journal.ts"
import { type Link, makeLink } from "./Link.ts"
import { WORKERS } from "./settings.ts"

const WORKER = join(import.meta.dir, "worker.ts")

/** Grace (2 s), stopping what still runs (10 s), leaving (2 s), and a busy machine. */
const LONGEST_STOP = Duration.seconds(25)

/** 128 and the number of SIGTERM: it came before the process could listen to it. */
const UNHANDLED_SIGTERM = 143

interface Started {
  readonly child: Bun.Subprocess
  readonly log: string
}

export interface Slot {
  readonly role: string
  readonly link: Link
  current: Started
  /** A fault is at work on it; its end would be no surprise. */
  busy: boolean
}

/** Whether it has told its log that it claims jobs. */
const hasBegun = ({ log }: Started) => readFileSync(log, "utf8").includes("claiming jobs")

const isGone = (child: Bun.Subprocess) => child.exitCode !== null || child.signalCode !== null

/** How long a fault that is to hit work waits for some. */
const LONGEST_IDLE = Duration.seconds(20)

const make = (directory: string, journalPath: string, journal: Journal) =>
  Effect.gen(function* () {
    const database = yield* ChaosDatabase
    const problems: Array<string> = []
    const pids: Array<number> = []

    const spawn = (role: string, link: Link) =>
      Effect.gen(function* () {
        const log = join(directory, `worker-${String(pids.length + 1).padStart(3, "0")}.log`)
        const output = openSync(log, "a")
        const child = Bun.spawn(["bun", WORKER, directory, database.urlOf(role, link.host)], {
          stdin: "ignore",
          stdout: output,
          stderr: output
        })
        closeSync(output)
        pids.push(child.pid)
        yield* journal.note({ what: "spawned", pid: child.pid })
        return { child, log }
      })

    const ended = ({ current: { child } }: Slot, limit: Duration.Duration) =>
      Effect.promise(() => child.exited).pipe(
        Effect.timeoutOrElse({
          duration: limit,
          orElse: () =>
            Effect.as(
              Effect.sync(() => child.kill("SIGKILL")),
              -1
            )
        })
      )

    const start = Effect.fnUntraced(function* (role: string) {
      const link = yield* makeLink(join(directory, role), database.socketDirectory)
      return yield* Effect.acquireRelease(
        Effect.map(spawn(role, link), (current): Slot => ({ role, link, current, busy: false })),
        (slot) =>
          Effect.promise(() => {
            // SIGKILL ends a stopped process too.
            if (!isGone(slot.current.child)) slot.current.child.kill("SIGKILL")
            return slot.current.child.exited
          })
      )
    })
    const slots = yield* Effect.forEach(
      Array.from({ length: WORKERS }, (_, worker) => roleOf(worker)),
      start
    )

    const renew = (slot: Slot) => Effect.map(spawn(slot.role, slot.link), (current) => (slot.current = current))

    /** Stopped first, and looked at then: what it has in hand cannot end meanwhile. */
    const stopAtWork = ({ current: { child } }: Slot): boolean => {
      if (isGone(child)) return false
      child.kill("SIGSTOP")
      if (isAtWork(journalPath, child.pid)) return true
      child.kill("SIGCONT")
      return false
    }

    /** The first of them that has a job in hand, stopped in the middle of it. Where none gets a job, the first one as it is. */
    const caughtAtWork = (order: Effect.Effect<ReadonlyArray<Slot>>) =>
      Effect.map(order, (some) => some.find(stopAtWork)).pipe(
        Effect.tap((slot) => (slot === undefined ? Effect.sleep("50 millis") : Effect.void)),
        Effect.repeat({ until: (slot) => slot !== undefined }),
        Effect.timeoutOption(LONGEST_IDLE),
        Effect.flatMap((found) => Effect.map(order, (free) => Option.getOrElse(found, () => free[0])))
      )

    const kill = (slot: Slot) =>
      Effect.gen(function* () {
        slot.current.child.kill("SIGKILL")
        yield* Effect.promise(() => slot.current.child.exited)
        yield* journal.note({ what: "killed", pid: slot.current.child.pid })
      })

    const terminate = (slot: Slot) =>
      Effect.gen(function* () {
        yield* journal.note({ what: "terminated", pid: slot.current.child.pid })
        slot.current.child.kill("SIGTERM")
        const code = yield* ended(slot, LONGEST_STOP)
        if (code !== 0 && !(code === UNHANDLED_SIGTERM && !hasBegun(slot.current)))
          problems.push(`worker ${slot.current.child.pid} ended with ${code} after SIGTERM (-1: did not end)`)
      })

    /** Noted after the stop and before the continuation, so that no deed of the process lies between the two lines. */
    const freeze = (slot: Slot, time: Duration.Duration) =>
      Effect.gen(function* () {
        slot.current.child.kill("SIGSTOP")
        yield* journal.note({ what: "stopped", pid: slot.current.child.pid })
        yield* Effect.sleep(time)
        yield* journal.note({ what: "continued", pid: slot.current.child.pid })
        slot.current.child.kill("SIGCONT")
      })

    /** The worker goes on, and hears nothing of the database, nor the database of it. */
    const partition = (slot: Slot, time: Duration.Duration) =>
      slot.link.cut.pipe(Effect.andThen(Effect.sleep(time)), Effect.ensuring(slot.link.mend))

    /** A worker that ended though nobody ended it is a finding; the run goes on with a new one. */
    const replaceDead = Effect.forEach(
      slots,
      (slot) =>
        Effect.suspend(() => {
          if (slot.busy || !isGone(slot.current.child)) return Effect.void
          problems.push(
            `worker ${slot.current.child.pid} ended by itself with ${slot.current.child.exitCode ?? slot.current.child.signalCode}`
          )
          return Effect.asVoid(renew(slot))
        }),
      { discard: true }
    )

    return {
      slots,
      caughtAtWork,
      kill,
      terminate,
      freeze,
      partition,
      renew,
      replaceDead,
      problems: problems as ReadonlyArray<string>,
      /** Processes of this run that still live. */
      living: () => pids.filter(isAlive)
    }
  })

const isAlive = (pid: number): boolean =>
  Bun.spawnSync(["kill", "-0", String(pid)], { stderr: "ignore" }).exitCode === 0

export const Workers = { make }
export type Workers = Effect.Success<ReturnType<typeof make>>
