import { afterAll, expect } from "bun:test"
import { Effect, Layer, ManagedRuntime, Option, type Scope, Stream } from "effect"
import { type Caller, CurrentCaller } from "../../../src/domain/Caller.ts"
import { type JobChange, JobChanges } from "../../../src/domain/JobChanges.ts"
import { eventually } from "../../support/CallboardProcess.ts"
import { callerServices } from "../../support/CallerServices.ts"
import { it } from "../../support/effect.ts"
import { TestDatabase } from "../../support/TestDatabase.ts"
import { insertJob, run } from "./asMember.ts"

const runtime = ManagedRuntime.make(callerServices.pipe(Layer.provideMerge(TestDatabase.layer)))
afterAll(() => runtime.dispose())

const viewer: Caller = { via: "key", subject: "vera", name: "Vera", role: "viewer", organisationId: "north" }

/** What a reader hears from now on; `undefined` is Callboard itself. */
const listen = (caller: Caller | undefined) =>
  Effect.gen(function* () {
    const heard: Array<JobChange> = []
    const { changes } = yield* JobChanges
    yield* changes.pipe(
      Stream.runForEach((change) => Effect.sync(() => heard.push(change))),
      Effect.provideService(CurrentCaller, Option.fromUndefinedOr(caller)),
      Effect.forkScoped({ startImmediately: true })
    )
    return {
      ids: () => heard.flatMap((change) => ("id" in change ? [String(change.id)] : [])),
      many: () => heard.flatMap((change) => (change._tag === "Many" ? [change] : []))
    }
  })

const inDatabase = (
  name: string,
  body: Effect.Effect<void, unknown, ManagedRuntime.ManagedRuntime.Services<typeof runtime> | Scope.Scope>
) => it.live(name, () => Effect.promise(() => runtime.runPromise(Effect.scoped(body))))

/** Waits for the last of what was said; what comes before it in the stream has come then. */
const untilHeard = (isThere: () => boolean) => eventually(Effect.sync(() => isThere() || undefined))

inDatabase(
  "tells a caller of the jobs of its organisation, and Callboard itself of all",
  Effect.gen(function* () {
    const own = yield* listen(viewer)
    const all = yield* listen(undefined)

    const theirs = yield* insertJob({ organisation_id: "south" })
    const ours = yield* insertJob({ organisation_id: "north" })
    yield* run(`UPDATE script_jobs SET priority = 1 WHERE id = '${theirs}'`)
    yield* run(
      `SELECT pg_notify('callboard', '{"logged": "${theirs}"}'), pg_notify('callboard', '{"logged": "${ours}"}')`
    )

    yield* untilHeard(() => own.ids().length === 2)
    yield* untilHeard(() => all.ids().length === 5)
    expect(own.ids()).toEqual([ours, ours])
    expect(all.ids()).toEqual([theirs, ours, theirs, theirs, ours])
  })
)

inDatabase(
  "names no job and no lane to a caller when many changed at once",
  Effect.gen(function* () {
    const own = yield* listen(viewer)
    const all = yield* listen(undefined)

    yield* run(`SELECT pg_notify('callboard', '{"lanes": [["browser", 5]], "cancel": ["${Bun.randomUUIDv7()}"]}')`)

    yield* untilHeard(() => own.many().length === 1 && all.many().length === 1)
    expect(own.many()).toEqual([{ _tag: "Many", dueInMs: new Map(), cancelRequested: [] }])
    expect(all.many()[0]?.cancelRequested).toHaveLength(1)
  })
)

inDatabase(
  "tells a caller nothing when only Callboard's own jobs changed, however many",
  Effect.gen(function* () {
    const own = yield* listen(viewer)
    const all = yield* listen(undefined)

    yield* run(`SELECT pg_notify('callboard', '{"lanes": [["system", 0]]}')`)
    yield* run(`SELECT pg_notify('callboard', '{"lanes": [["system", 0], ["quick", 0]]}')`)

    yield* untilHeard(() => own.many().length > 0 && all.many().length === 2)
    expect(own.many()).toHaveLength(1)
  })
)
