import { expect } from "bun:test"
import { Effect } from "effect"
import { findMarked, killMarked, MARK_SWITCH, MARK_VARIABLE, memoryOf } from "../../src/runtime/ProcessSweep.ts"
import { hasProc } from "../../src/runtime/ProcStat.ts"
import { it } from "../support/effect.ts"

/** Marked both ways, as a browser is, with a child that carries only the variable. */
const marked = (mark: string) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      Bun.spawn(["sh", "-c", "sleep 600 & wait", "sh", `${MARK_SWITCH}=${mark}`], {
        env: { PATH: process.env.PATH, [MARK_VARIABLE]: mark },
        detached: true
      })
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

const isAlive = (child: Bun.Subprocess) => child.exitCode === null && child.signalCode === null

it.live("kills all processes with a mark, and no others", () =>
  Effect.gen(function* () {
    const name = crypto.randomUUID()
    const mine = yield* marked(`${name}/boot/1`)
    const sibling = yield* marked(`${name}/boot/12`)
    const stranger = yield* marked(`${name}-2/boot/1`)

    const killed = yield* killMarked(`${name}/boot/1`)

    expect(killed).toContain(mine.pid)
    expect(yield* findMarked(`${name}/boot/1`)).toEqual([])
    expect([isAlive(sibling), isAlive(stranger)]).toEqual([true, true])
    yield* Effect.forEach([name, `${name}-2`], (marker) => killMarked(marker))
  })
)

it.live("spares what it is told to spare", () =>
  Effect.gen(function* () {
    const name = crypto.randomUUID()
    const former = yield* marked(`${name}/former/1`)
    const present = yield* marked(`${name}/present/1`)

    const killed = yield* killMarked(name, ({ mark }) => mark === `${name}/present/1`)

    expect(killed).toContain(former.pid)
    expect(isAlive(present)).toBe(true)
    yield* killMarked(name)
    expect(yield* findMarked(name)).toEqual([])
  })
)

const MEBIBYTE = 1_024 ** 2

it.live("adds up the memory of all processes with a mark", () =>
  Effect.gen(function* () {
    const name = crypto.randomUUID()
    yield* marked(`${name}/boot/1`)
    yield* marked(`${name}/boot/2`)
    const pids = (yield* findMarked(name)).map(({ pid }) => pid)
    // One that has just been started has none yet.
    yield* Effect.repeat(memoryOf(`${name}/boot/2`), { until: (bytes) => bytes > 0 || !hasProc })

    const [one, both, none] = yield* Effect.all([`${name}/boot/1`, name, `${name}-2`].map(memoryOf))

    expect(pids.length).toBeGreaterThanOrEqual(2)
    expect([one! > 0, both! > one!]).toEqual([hasProc, hasProc])
    expect(both).toBeLessThan(100 * MEBIBYTE)
    expect(none).toBe(0)
    yield* killMarked(name)
  })
)
