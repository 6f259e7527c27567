import { expect } from "bun:test"
import { PgClient } from "@effect/sql-pg"
import { Context, Duration, Effect, Exit, Fiber, Layer, Logger, Scope, Stream } from "effect"
import { type JobChange, JobChanges } from "../../../src/domain/JobChanges.ts"
import { OwnChanges } from "../../../src/runtime/postgres/OwnChanges.ts"
import { clientOptions } from "../../../src/runtime/postgres/PgDatabase.ts"
import * as PgJobChanges from "../../../src/runtime/postgres/PgJobChanges.ts"
import { eventually } from "../../support/CallboardProcess.ts"
import { it } from "../../support/effect.ts"
import { startPgProxy } from "../../support/PgProxy.ts"
import { TestPostgres } from "../../support/TestPostgres.ts"

const WHILE_DEAF = Duration.seconds(1)

/** The changes as a process sees them behind a proxy, and a client that talks to the server itself. */
const listener = (whileDeaf = WHILE_DEAF) =>
  Effect.gen(function* () {
    const database = yield* TestPostgres.freshDatabase()
    const proxy = yield* startPgProxy(database)
    const direct = yield* Layer.build(PgClient.layer(clientOptions(database)))
    const lines: Array<string> = []
    const logger = Logger.make(({ logLevel, message }) => {
      if (logLevel !== "Debug") lines.push(String(message))
    })
    const changes: Array<JobChange> = []
    const gaps = () => changes.filter((change) => change._tag === "Gap").length

    const start = Effect.gen(function* () {
      const scope = yield* Scope.make()
      const services = yield* PgJobChanges.layerWith(whileDeaf).pipe(
        Layer.provide(PgClient.layer(clientOptions(proxy.address))),
        Layer.provide(Logger.layer([logger])),
        Layer.build,
        Scope.provide(scope)
      )
      yield* Context.get(services, JobChanges).changes.pipe(
        Stream.runForEach((change) => Effect.sync(() => changes.push(change))),
        Effect.forkIn(scope, { startImmediately: true })
      )
      yield* Effect.addFinalizer(() => Scope.close(scope, Exit.void))
      return { made: Context.get(services, OwnChanges).made, stop: Scope.close(scope, Exit.void) }
    })

    /** Says that this job has new lines, as PostgreSQL would. */
    const notify = Effect.gen(function* () {
      const id = Bun.randomUUIDv7()
      yield* Context.get(direct, PgClient.PgClient).notify("callboard", JSON.stringify({ logged: id }))
      return () => changes.some((change) => change._tag === "Logged" && change.id === id)
    })
    /** Waits until news come as notifications. */
    const hears = eventually(
      Effect.gen(function* () {
        const isThere = yield* notify
        yield* Effect.sleep("50 millis")
        return isThere() || undefined
      })
    )
    return { proxy, start, notify, hears, lines, gaps }
  })

it.live("tells of each change, and lets nobody read in vain while notifications come", () =>
  Effect.gen(function* () {
    const { gaps, hears, lines, start } = yield* listener()
    const { made } = yield* start
    yield* hears
    const before = gaps()
    yield* made
    yield* hears

    expect(gaps()).toBe(before)
    expect(lines).toEqual([])
  })
)

it.live("lets everybody read once a second while a pooler swallows notifications, says so once, and recovers", () =>
  Effect.gen(function* () {
    const { gaps, hears, lines, notify, proxy, start } = yield* listener()
    yield* proxy.deafen
    yield* start
    const isThere = yield* notify
    yield* eventually(Effect.sync(() => lines.length > 0 || undefined))
    const before = gaps()
    const startedAt = performance.now()
    yield* eventually(Effect.sync(() => gaps() >= before + 5 || undefined))

    expect(performance.now() - startedAt).toBeLessThan(8_000)
    expect(isThere()).toBe(false)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/do not arrive.*session-mode or direct/u)

    yield* proxy.hearAgain
    yield* eventually(Effect.sync(() => lines[1]))
    expect(lines[1]).toContain("arrive again")
    yield* hears
  })
)

it.live("connects again when a change of its own comes back as no news", () =>
  Effect.gen(function* () {
    const { hears, lines, proxy, start } = yield* listener()
    const { made } = yield* start
    yield* hears
    yield* proxy.deafenOpen
    // What was heard just before a change counts as its news, so one change alone may raise no doubt.
    yield* Effect.forkChild(made.pipe(Effect.andThen(Effect.sleep("200 millis")), Effect.forever))

    yield* hears
    expect(lines).toEqual([])
  })
)

it.live("closes while the server is silent", () =>
  Effect.gen(function* () {
    const { hears, proxy, start } = yield* listener()
    const { stop } = yield* start
    yield* hears
    yield* proxy.silence
    const stopping = yield* Effect.forkChild(stop)

    expect((yield* Fiber.await(stopping).pipe(Effect.timeoutOption("3 seconds")))._tag).toBe("Some")
  })
)
