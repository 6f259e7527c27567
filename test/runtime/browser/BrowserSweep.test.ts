import { expect } from "bun:test"
import { existsSync, mkdtempSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import type { WorkerIdentity } from "../../../src/domain/Lease.ts"
import { makeFolder, removeFolder } from "../../../src/runtime/browser/BrowserFolder.ts"
import { BrowserSessions } from "../../../src/runtime/browser/BrowserSessions.ts"
import { sweep } from "../../../src/runtime/browser/BrowserSweep.ts"
import { thisProcess } from "../../../src/runtime/ProcessOwner.ts"
import { MARK_VARIABLE, markerOf } from "../../../src/runtime/ProcessSweep.ts"
import { it } from "../../support/effect.ts"
import {
  awaitPids,
  becomeIdle,
  foldersOf,
  newWorker,
  pidsOf,
  sessionsOf,
  signalAll,
  title
} from "../../support/TestSessions.ts"

const inUse: ReadonlySet<string> = new Set()

const marked = (mark: string) =>
  Effect.acquireRelease(
    Effect.sync(() => Bun.spawn(["sleep", "600"], { env: { [MARK_VARIABLE]: mark } })),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

const isAlive = (child: Bun.Subprocess) => child.exitCode === null && child.signalCode === null

/** A folder whose record names another owner than this process. */
const folderOf = (mark: string, owner: object) =>
  Effect.acquireRelease(
    Effect.tap(makeFolder(mark), (path) =>
      Effect.sync(() => writeFileSync(join(path, "owner.json"), JSON.stringify({ mark, owner })))
    ),
    removeFolder
  )

/** Was there once: pids are given again, start times are not. */
const GONE = { ...thisProcess, startedAt: "1" }

it.live("removes the folder of a process that is gone, and kills its browser", () =>
  Effect.gen(function* () {
    const mark = `${crypto.randomUUID()}/boot/1`
    const browser = yield* marked(mark)
    const folder = yield* folderOf(mark, GONE)

    yield* sweep({ worker: newWorker(), inUse })

    expect(existsSync(folder)).toBe(false)
    expect(yield* Effect.promise(() => browser.exited)).not.toBe(0)
  })
)

it.live("leaves alone what another living process uses, and what it cannot judge", () =>
  Effect.gen(function* () {
    const mark = `${crypto.randomUUID()}/boot/1`
    const browser = yield* marked(mark)
    const living = yield* folderOf(mark, thisProcess)
    const elsewhere = yield* folderOf(`${mark}2`, { ...GONE, namespace: "pid:[1]" })

    yield* sweep({ worker: newWorker(), inUse })

    expect([existsSync(living), existsSync(elsewhere), isAlive(browser)]).toEqual([true, true, true])
  })
)

it.live("removes a folder without a record once nobody can be writing it any more", () =>
  Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "callboard-browser-"))),
      removeFolder
    )

    yield* sweep({ worker: newWorker(), inUse })
    const young = existsSync(folder)
    utimesSync(folder, 0, 0)
    yield* sweep({ worker: newWorker(), inUse })

    expect(young).toBe(true)
    expect(existsSync(folder)).toBe(false)
  })
)

it.live("kills what a former run of the worker left, and nobody else's processes", () => {
  const worker = newWorker()
  return Effect.gen(function* () {
    const former = yield* marked(`${worker.name}/${crypto.randomUUID()}/1`)
    const other = yield* marked(`${worker.name}2/${crypto.randomUUID()}/1`)

    yield* Effect.void.pipe(Effect.provide(sessionsOf(worker)))

    expect(yield* Effect.promise(() => former.exited)).not.toBe(0)
    expect(isAlive(other)).toBe(true)
  })
})

it.effect("finds within a minute what a session lost, and spares the browsers in use", () => {
  const worker = newWorker()
  return Effect.gen(function* () {
    yield* becomeIdle
    const used = yield* pidsOf(worker)
    const lost = yield* marked(`${markerOf(worker)}/lost`)

    yield* TestClock.adjust("1 minute")
    yield* awaitPids(worker, (pids) => !pids.includes(lost.pid))

    expect(used.length).toBeGreaterThan(0)
    expect(yield* pidsOf(worker)).toContain(used[0]!)
    expect(yield* title).toBe("It works")
  }).pipe(Effect.provide(sessionsOf(worker)))
})

it.live("keeps all that a browser writes in its own folder, which goes with it", () => {
  const worker = newWorker()
  return Effect.gen(function* () {
    const [folder, files] = yield* Effect.gen(function* () {
      yield* (yield* BrowserSessions).open
      const [found] = foldersOf(worker)
      return [found!, readdirSync(join(found!, "profile"))] as const
    }).pipe(Effect.scoped, Effect.provide(sessionsOf(worker)))

    expect(files.length).toBeGreaterThan(0)
    expect(existsSync(folder)).toBe(false)
  })
})

const START = join(import.meta.dir, "../../support/openSession.ts")

/** A worker of its own, killed with a browser that cannot notice it. Gives the folder that Playwright made for it too. */
const killedWorker = (worker: WorkerIdentity) =>
  Effect.gen(function* () {
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => Bun.spawn(["bun", START, worker.name, worker.bootId], { stdout: "pipe", stderr: "inherit" })),
      (spawned) => Effect.sync(() => spawned.kill("SIGKILL"))
    )
    yield* Effect.promise(() => child.stdout.getReader().read())
    const frozen = yield* signalAll(worker, "SIGSTOP")
    child.kill("SIGKILL")
    yield* Effect.promise(() => child.exited)
    return frozen
  })

/** Playwright's name for the profile, as the browser was started with it first. */
const profilesOf = (pids: ReadonlyArray<number>) =>
  pids.flatMap((pid) => /--user-data-dir=([^\0]+)/u.exec(readFileSync(`/proc/${pid}/cmdline`, "utf8"))?.[1] ?? [])

it.live("clears up after a worker that was killed, under the same name and under another one", () =>
  Effect.gen(function* () {
    for (const nextName of [(name: string) => name, () => crypto.randomUUID()]) {
      const worker = newWorker()
      const left = yield* killedWorker(worker)
      const folders = foldersOf(worker)
      const profiles = profilesOf(yield* pidsOf(worker))
      expect([left.length > 0, folders.length, profiles.length > 0]).toEqual([true, 1, true])

      yield* Effect.void.pipe(Effect.provide(sessionsOf(newWorker(nextName(worker.name)))))

      expect([yield* pidsOf(worker), foldersOf(worker), profiles.filter((path) => existsSync(path))]).toEqual([
        [],
        [],
        []
      ])
    }
  })
)
