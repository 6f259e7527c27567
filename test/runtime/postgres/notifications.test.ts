import { expect } from "bun:test"
import { DateTime, Deferred, Duration, Effect, Fiber, Latch, Layer, Option, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { CurrentCaller, localCaller } from "../../../src/domain/Caller.ts"
import { type JobChange, JobChanges } from "../../../src/domain/JobChanges.ts"
import { JobId } from "../../../src/domain/JobId.ts"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { JobTypes } from "../../../src/domain/JobType.ts"
import { Lanes } from "../../../src/domain/Lanes.ts"
import { HandOver } from "../../../src/runtime/HandOver.ts"
import { makeInsertJobs } from "../../../src/runtime/postgres/insertJobs.ts"
import { makeRowOf } from "../../../src/runtime/postgres/newRows.ts"
import * as PgJobChanges from "../../../src/runtime/postgres/PgJobChanges.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle, scriptedInBrowser } from "../../support/scripts.ts"
import { add, claim, complete, crash, fail, firstClaim } from "./builders.ts"

const browse = scriptedInBrowser("browse", () => Effect.succeed(null))

const inDatabase = databaseTests(idle, browse)

const until = JobId.make("ffffffff-ffff-7fff-bfff-ffffffffffff")
const MARK = "a notification that nobody knows, read as a gap"

/** What is heard of the work, from when LISTEN stands until the mark that is sent after it. */
const heardOf = <A, E, R>(work: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { changes } = yield* JobChanges
    const heard: Array<JobChange> = []
    const listening = yield* Latch.make()
    const done = yield* Latch.make()
    let gaps = 0
    yield* Effect.forkScoped(
      Stream.runForEach(changes, (change) => {
        if (change._tag !== "Gap") return Effect.sync(() => heard.push(change))
        return ++gaps === 2 ? Latch.open(listening) : gaps === 3 ? Latch.open(done) : Effect.void
      })
    )
    // The first gap is the subscription's, the second says that LISTEN stands.
    yield* Latch.await(listening)
    const result = yield* work
    yield* sql`SELECT pg_notify('callboard', ${MARK})`
    yield* Latch.await(done)
    return { heard, result }
  }).pipe(Effect.provide(Layer.fresh(PgJobChanges.layer)), Effect.scoped)

inDatabase(
  "names jobs that were created, changed and asked to stop, and when they may start",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const { heard, result } = yield* heardOf(
      Effect.gen(function* () {
        const runAt = DateTime.addDuration(yield* DateTime.now, Duration.hours(1))
        const now = yield* add()
        const later = yield* add({ jobType: "browse", runAt })
        yield* firstClaim
        yield* jobs.cancel(now.id)
        yield* jobs.cancel(now.id)
        return { now, later }
      })
    )

    const { later, now } = result
    expect(heard).toMatchObject([
      { _tag: "Changed", id: now.id, revision: 1, lane: "default", cancelRequested: false },
      { _tag: "Changed", id: later.id, lane: "browser" },
      { _tag: "Changed", id: now.id, revision: 2, cancelRequested: false },
      { _tag: "Changed", id: now.id, revision: 3, cancelRequested: true },
      { _tag: "Changed", id: now.id, revision: 4, cancelRequested: false }
    ])
    const due = heard.map((change) => (change._tag === "Changed" ? change.dueInMs : undefined))
    expect(due[0]).toBeLessThanOrEqual(0)
    expect(due[1]).toBeGreaterThan(3_590_000)
    expect(due.slice(2)).toEqual([undefined, undefined, undefined])
  })
)

inDatabase(
  "tells once of a job that is claimed while it is created, and when the others of the call may start",
  Effect.gen(function* () {
    const { insertForWorker } = yield* makeInsertJobs
    const rowOf = yield* makeRowOf
    const type = yield* (yield* JobTypes).named("idle")
    const now = yield* DateTime.now
    const rows = [1, 2].map(() => rowOf({ jobType: "idle", input: {} }, type, {}, now, { organisationId: "default" }))
    const { waiting } = yield* HandOver
    const place = waiting("default", () => 1, Effect.never)
    const worker = yield* Effect.forkChild(
      place(({ claims }) => Effect.asVoid(Deferred.await(claims))),
      { startImmediately: true }
    )

    const { heard } = yield* heardOf(insertForWorker({ rows, entries: [] }))

    const [first, second] = rows.map(({ id }) => id)
    const news = { _tag: "Changed", lane: "default", cancelRequested: false }
    expect(heard).toHaveLength(2)
    expect(heard).toContainEqual({ ...news, id: first!, revision: 2 } as JobChange)
    expect(heard).toContainEqual({ ...news, id: second!, revision: 1, dueInMs: 0 } as JobChange)
    yield* Fiber.interrupt(worker)
  })
)

inDatabase(
  "wakes the lanes of jobs that may start because another one ended",
  Effect.gen(function* () {
    const needed = yield* add({ concurrencyKey: "oven" })
    const behind = yield* add({ concurrencyKey: "oven", jobType: "browse" })
    const dependent = yield* add({ dependsOn: [needed.id], jobType: "browse" })
    const claimed = yield* firstClaim

    const { heard } = yield* heardOf(complete(claimed))

    expect(heard).toHaveLength(3)
    expect(heard).toContainEqual(expect.objectContaining({ id: needed.id, revision: 3 }))
    for (const { id } of [behind, dependent]) {
      const news = heard.find((change) => change._tag === "Changed" && change.id === id)
      expect(news).toMatchObject({ lane: "browser", revision: 1 })
      expect(news?._tag === "Changed" && news.dueInMs).toBeLessThanOrEqual(0)
    }
  })
)

inDatabase(
  "names only lanes when many jobs change at once, and still who should stop",
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const requests = Array.from({ length: 30 }, () => ({ jobType: "idle", input: {} }))
    const { heard, result } = yield* heardOf(
      Effect.gen(function* () {
        yield* jobs.createBatch(requests)
        const claimed = yield* firstClaim
        yield* jobs.applyToMany("cancel", {}, { until, most: 100 })
        return claimed
      })
    )

    expect(heard.map(({ _tag }) => _tag)).toEqual(["Many", "Changed", "Many"])
    const [created, , cancelled] = heard
    expect(created?._tag === "Many" && created.dueInMs.get("default")).toBeLessThanOrEqual(0)
    expect(cancelled).toEqual({ _tag: "Many", dueInMs: new Map(), cancelRequested: [result.id] })
  })
)

inDatabase(
  "says that a job has new log lines, that a lane goes on, and nothing of a renewed lease",
  Effect.gen(function* () {
    const queue = yield* JobQueue
    const lanes = yield* Lanes
    const { id } = yield* add()
    const { lease } = yield* firstClaim
    yield* lanes.pause("quick", {})

    const { heard } = yield* heardOf(
      Effect.gen(function* () {
        yield* queue.beat([lease], "claiming")
        yield* queue.log(lease, [{ level: "info", at: new Date(), message: "hello" }])
        yield* lanes.resume("quick")
        yield* lanes.resume("quick")
      })
    )

    expect(heard).toEqual([
      { _tag: "Logged", id },
      { _tag: "Many", dueInMs: new Map([["quick", 0]]), cancelRequested: [] }
    ])
  })
)

inDatabase(
  "tells what is paused, whoever pauses it, and the beat of a worker in which something waits asks again",
  Effect.gen(function* () {
    const lanes = yield* Lanes
    const queue = yield* JobQueue
    yield* add()
    const { lease } = yield* firstClaim

    const { heard } = yield* heardOf(
      Effect.gen(function* () {
        yield* lanes.pause("quick", {})
        yield* Effect.provideService(lanes.pauseType("browse", {}), CurrentCaller, Option.some(localCaller))
      })
    )

    const pauses = [
      { kind: "lane", name: "quick" },
      { kind: "type", name: "browse" }
    ] as const
    expect(heard).toEqual(pauses.map((paused) => ({ _tag: "Many", dueInMs: new Map(), cancelRequested: [], paused })))
    expect((yield* queue.beat([lease], "claiming", [lease.token])).paused).toEqual(pauses)
    expect((yield* queue.beat([lease], "claiming")).paused).toEqual([])
  })
)

inDatabase(
  "tells the lane of a suspect when another one has ended, however it ended",
  Effect.gen(function* () {
    yield* Effect.replicateEffect(add(), 3)
    yield* claim()
    yield* crash
    const [first] = yield* claim()
    const completed = yield* heardOf(complete(first!))
    const [second] = yield* claim()
    const failed = yield* heardOf(fail(second!))

    const lane = { _tag: "Many", dueInMs: new Map([["default", 0]]) }
    expect(completed.heard).toContainEqual(expect.objectContaining(lane))
    expect(failed.heard).toContainEqual(expect.objectContaining(lane))
  })
)
