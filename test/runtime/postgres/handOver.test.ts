import { expect } from "bun:test"
import { DateTime, Deferred, Effect, Exit, Fiber, Option, Scope } from "effect"
import { SqlClient } from "effect/sql"
import { type Caller, CurrentCaller } from "../../../src/domain/Caller.ts"
import type { Claim } from "../../../src/domain/JobQueue.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { JobTypes } from "../../../src/domain/JobType.ts"
import { HandOver } from "../../../src/runtime/HandOver.ts"
import { makeInsertJobs } from "../../../src/runtime/postgres/insertJobs.ts"
import { makeRowOf } from "../../../src/runtime/postgres/newRows.ts"
import { clientOptions } from "../../../src/runtime/postgres/PgDatabase.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { column, run } from "./asMember.ts"
import { claim, claimRowOf } from "./builders.ts"
import { beginByHand, waitingStatements } from "./byHand.ts"

const inDatabase = databaseTests(idle)

const MOST_CONNECTIONS = clientOptions({ host: "", port: 0, database: "", username: "" }).maxConnections

const request = { jobType: "idle", input: {} }
const ann: Caller = { via: "key", subject: "ann", name: "Ann", role: "member", organisationId: "north" }
const asAnn = Effect.provideService(CurrentCaller, Option.some(ann))

/** Waits for work as the worker does, with `room` places; gives what it was handed. */
const waitForWork = (room: number) =>
  Effect.gen(function* () {
    const { waiting } = yield* HandOver
    const handed = yield* Deferred.make<ReadonlyArray<Claim>>()
    const worker = yield* Effect.forkChild(
      waiting(
        "default",
        () => room,
        Effect.never
      )(({ claims }) => Effect.flatMap(Deferred.await(claims), (all) => Deferred.succeed(handed, all))),
      { startImmediately: true }
    )
    return { handed: Deferred.await(handed), worker }
  })

const statuses = column("SELECT status FROM script_jobs ORDER BY created_at")

inDatabase(
  "hands a job to the worker that waits, leased, and shows its caller the job as it was created",
  Effect.gen(function* () {
    const { create } = yield* Jobs
    const { handed } = yield* waitForWork(8)

    const { job } = yield* asAnn(create(request))
    const [first, ...others] = yield* handed

    expect(others).toEqual([])
    expect(first).toMatchObject({ id: job.id, jobId: job.jobId, organisationId: "north", lease: { attempt: 1 } })
    expect(job).toMatchObject({ status: "pending", attempts: 0, createdBy: "ann" })
    expect(yield* column("SELECT token FROM job_leases")).toEqual([first!.lease.token])
    expect(yield* statuses).toEqual(["in_progress"])
  })
)

inDatabase(
  "overtakes nobody: the job that is first in turn is claimed, and the caller learns nothing of it",
  Effect.gen(function* () {
    const { create } = yield* Jobs
    const { job: first } = yield* create({ ...request, priority: 5 }, { organisationId: "south" })
    const { handed } = yield* waitForWork(8)

    const { job } = yield* asAnn(create(request))

    expect((yield* handed).map(({ id }) => id)).toEqual([first.id])
    expect(job).toMatchObject({ organisationId: "north", status: "pending" })
    expect(yield* column(`SELECT status FROM script_jobs WHERE id = '${job.id}'`)).toEqual(["pending"])
  })
)

inDatabase(
  "claims no more than has a place",
  Effect.gen(function* () {
    const { create } = yield* Jobs
    const { worker } = yield* waitForWork(0)

    yield* create(request)

    expect(yield* statuses).toEqual(["pending"])
    yield* Fiber.interrupt(worker)
  })
)

inDatabase(
  "claims for as many of the new jobs as have a place",
  Effect.gen(function* () {
    const { create } = yield* Jobs
    const { handed } = yield* waitForWork(1)

    yield* Effect.all([create(request), create(request), create(request)], { concurrency: "unbounded" })

    expect(yield* handed).toHaveLength(1)
    expect((yield* statuses).toSorted()).toEqual(["in_progress", "pending", "pending"])
  })
)

inDatabase(
  "claims nothing inside of a transaction, which may still be taken back",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { create } = yield* Jobs
    const { worker } = yield* waitForWork(8)

    yield* sql.withTransaction(create(request, { idempotencyKey: "one" }))

    expect(yield* statuses).toEqual(["pending"])
    yield* Fiber.interrupt(worker)
  })
)

inDatabase(
  "hands over what a key makes, and nothing where the key has made it before",
  Effect.gen(function* () {
    const { create } = yield* Jobs
    const { handed } = yield* waitForWork(8)
    const once = asAnn(create(request, { idempotencyKey: "k" }))

    const first = yield* once
    expect((yield* handed).map(({ id }) => id)).toEqual([first.job.id])

    const { handed: handedAgain } = yield* waitForWork(8)
    const second = yield* once
    expect(yield* handedAgain).toEqual([])
    expect([first.replayed, second.replayed, second.job.id]).toEqual([false, true, first.job.id])
    expect(yield* statuses).toEqual(["in_progress"])
  })
)

inDatabase(
  "gives the worker its lane back before it waits for another request with the same key",
  Effect.scoped(
    Effect.gen(function* () {
      const { create } = yield* Jobs
      const { handed } = yield* waitForWork(8)
      const others = yield* beginByHand
      yield* others.run(`SELECT pg_advisory_xact_lock(hashtextextended('["north","k"]', 7210522))`)

      const creating = yield* Effect.forkChild(asAnn(create(request, { idempotencyKey: "k" })))
      expect(yield* handed).toEqual([])

      yield* others.rollback
      expect((yield* Fiber.join(creating)).job.status).toBe("pending")
    })
  )
)

inDatabase(
  "claims nothing for a worker that no longer waits, and shuts the lane while a claim is under way",
  Effect.gen(function* () {
    const { create } = yield* Jobs
    const { give, take } = yield* HandOver
    const { handed } = yield* waitForWork(8)
    const seat = yield* take("default", 1)
    expect(yield* take("default", 1)).toBeUndefined()

    yield* create(request)
    yield* give(seat!, [])

    expect(yield* handed).toEqual([])
    expect(yield* statuses).toEqual(["pending"])
  })
)

inDatabase(
  "gives a worker that is stopped what was being claimed for it",
  Effect.gen(function* () {
    const { create } = yield* Jobs
    const { give, take } = yield* HandOver
    const { job } = yield* create(request)
    const { handed, worker } = yield* waitForWork(8)
    const seat = yield* take("default", 1)

    const stopping = yield* Effect.forkChild(Fiber.interrupt(worker), { startImmediately: true })
    yield* give(seat!, [claimRowOf(job)])
    yield* Fiber.join(stopping)

    expect((yield* handed).map(({ id }) => id)).toEqual([job.id])
  })
)

inDatabase(
  "creates the job all the same where the claim fails, and claims nothing of it",
  Effect.gen(function* () {
    const { create } = yield* Jobs
    const signature = "text, integer, text[], text, text, uuid, interval"
    yield* run(`ALTER FUNCTION claim_jobs(${signature}) RENAME TO claim_jobs_away`)
    const { handed } = yield* waitForWork(8)

    const { job } = yield* asAnn(create(request))

    expect(yield* handed).toEqual([])
    expect(yield* column("SELECT id FROM script_jobs")).toEqual([job.id])
    yield* run(`ALTER FUNCTION claim_jobs_away(${signature}) RENAME TO claim_jobs`)
  })
)

inDatabase(
  "leaves what is too long for the answer to a create to the worker's own claim",
  Effect.gen(function* () {
    const { create } = yield* Jobs
    const text = "x".repeat(9 * 1024 * 1024)
    const { job: long } = yield* create({ ...request, input: { text }, priority: 5 })
    const { handed } = yield* waitForWork(8)

    const { job } = yield* asAnn(create(request))

    expect(yield* handed).toEqual([])
    expect(yield* statuses).toEqual(["pending", "pending"])
    expect((yield* claim()).map(({ id }) => id)).toEqual([long.id, job.id])
  })
)

inDatabase(
  "takes nobody's place while it waits for a connection",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { create } = yield* Jobs
    const { isOpen } = yield* HandOver
    const { handed } = yield* waitForWork(8)
    const busy = yield* Scope.make()
    yield* Scope.provide(Effect.replicateEffect(sql.reserve, MOST_CONNECTIONS), busy)

    const creating = yield* Effect.forkChild(create(request), { startImmediately: true })
    yield* Effect.repeat(Effect.yieldNow, { times: 100 })
    expect(isOpen("default")).toBe(true)

    yield* Scope.close(busy, Exit.void)
    const { job } = yield* Fiber.join(creating)
    expect((yield* handed).map(({ id }) => id)).toEqual([job.id])
  })
)

inDatabase(
  "gives the worker its lane back when the create fails",
  Effect.gen(function* () {
    const { create } = yield* Jobs
    const { handed } = yield* waitForWork(8)
    yield* run("ALTER FUNCTION create_jobs_at_once RENAME TO create_jobs_at_once_away")

    const error = yield* Effect.flip(create(request))

    expect(error._tag).toBe("JobsUnavailable")
    expect(yield* handed).toEqual([])
    yield* run("ALTER FUNCTION create_jobs_at_once_away RENAME TO create_jobs_at_once")
  })
)

inDatabase(
  "gives the worker its lane back when the create is given up",
  Effect.scoped(
    Effect.gen(function* () {
      const { insertForWorker } = yield* makeInsertJobs
      const rowOfNew = yield* makeRowOf
      const type = yield* (yield* JobTypes).named("idle")
      const row = rowOfNew(request, type, {}, yield* DateTime.now, { organisationId: "north" })
      const { handed } = yield* waitForWork(8)
      const others = yield* beginByHand
      yield* others.run("LOCK TABLE script_jobs IN SHARE MODE")

      const creating = yield* Effect.forkChild(insertForWorker({ rows: [row], entries: [] }))
      yield* waitingStatements("create_jobs_at_once", 1)
      yield* Fiber.interrupt(creating)

      expect(yield* handed).toEqual([])
      yield* others.rollback
      expect(yield* statuses).toEqual([])
    })
  )
)
