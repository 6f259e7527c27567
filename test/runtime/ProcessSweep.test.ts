import { expect } from "bun:test"
import { Effect } from "effect"
import { findMarked, killFormerSelves, killMarked, MARK_SWITCH, MARK_VARIABLE } from "../../src/runtime/ProcessSweep.ts"
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

it.live("spares this run of the worker when it kills the former ones", () =>
  Effect.gen(function* () {
    const name = crypto.randomUUID()
    const former = yield* marked(`${name}/former/1`)
    const present = yield* marked(`${name}/present/1`)

    const killed = yield* killFormerSelves({ name, bootId: "present" })

    expect(killed).toContain(former.pid)
    expect(isAlive(present)).toBe(true)
    yield* killMarked(name)
    expect(yield* findMarked(name)).toEqual([])
  })
)
