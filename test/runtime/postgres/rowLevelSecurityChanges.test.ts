import { expect } from "bun:test"
import { PgClient } from "@effect/sql-pg"
import { Effect, Queue } from "effect"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { as, claimsOf, column, INSUFFICIENT_PRIVILEGE, insertJob, refusal, run } from "./asMember.ts"
import { claim, complete, disagreements, firstClaim, queueStates, runAll } from "./builders.ts"

const inDatabase = databaseTests(idle)

const ann = claimsOf("ann", "north")
const operator = claimsOf("olga", "north", "operator")
const viewer = claimsOf("vera", "north", "viewer")

const statusOf = (id: string) =>
  Effect.map(
    run(`SELECT status, cancel_requested_at IS NOT NULL AS asked FROM script_jobs WHERE id = '${id}'`),
    ([row]) => row
  )

/** As `Jobs.cancel` has it. Gives the ids of the jobs that it changed. */
const cancel = (id: string) =>
  column(`
    UPDATE script_jobs SET cancel_requested_at = coalesce(cancel_requested_at, now()),
      status = CASE WHEN status = 'pending' THEN 'cancelled' ELSE status END
    WHERE id = '${id}' AND status IN ('pending', 'in_progress') RETURNING id`)

inDatabase(
  "queues, claims and completes a job that a member inserts, with its key and what it needs",
  Effect.gen(function* () {
    const own = { organisation_id: "north", created_by: "ann", concurrency_key: "oven" }
    const [first, second] = yield* as(ann)(
      Effect.gen(function* () {
        const needed = yield* insertJob(own)
        return [needed, yield* insertJob({ ...own, depends_on: [needed], priority: 9, labels: ["a"], dedupe_key: "d" })]
      })
    )

    expect(yield* queueStates).toEqual(
      new Map([
        [first!, "ready"],
        [second!, "blocked"]
      ])
    )
    expect(yield* runAll).toEqual([first!, second!])
    expect(yield* as(ann)(column("SELECT status FROM script_jobs"))).toEqual(["completed", "completed"])
    expect(yield* disagreements).toEqual([])
  })
)

inDatabase(
  "lets members create pending jobs of their own in their organisation, and no others",
  Effect.gen(function* () {
    const own = { organisation_id: "north", created_by: "ann" }
    const now = new Date().toISOString()
    const refused: ReadonlyArray<Record<string, unknown>> = [
      { organisation_id: "south" },
      { created_by: "bob" },
      { created_by: null },
      { status: "in_progress" },
      { status: "completed", result: {} },
      { lease_token: Bun.randomUUIDv7(), lease_owner: "ann", lease_expires_at: now },
      { result: {} },
      { error_code: "NOT_FOUND" },
      { error_message: "no" },
      { attempt: 0 },
      { revision: 1 },
      { created_at: now },
      { cancel_requested_at: now },
      { dedupe_open: false },
      { job_type: "change-many-jobs" },
      { timeout_ms: 86_400_001 },
      { max_retries: 51 },
      { labels: Array.from({ length: 21 }, String) },
      { id: crypto.randomUUID() }
    ]

    for (const columns of refused) {
      expect(yield* refusal(as(ann)(insertJob({ ...own, ...columns })))).toBe(INSUFFICIENT_PRIVILEGE)
    }
    expect(yield* refusal(as({ organisation_id: "north" })(insertJob({ organisation_id: "north" })))).toBe(
      INSUFFICIENT_PRIVILEGE
    )
    expect(yield* column("SELECT id FROM script_jobs")).toEqual([])
    const id = yield* as(ann)(insertJob(own))
    expect(yield* column("SELECT id FROM script_jobs")).toEqual([id])
  })
)

inDatabase(
  "answers a dependency on another organisation's job as one on a job that does not exist",
  Effect.gen(function* () {
    const theirs = yield* insertJob({ organisation_id: "south" })
    const needing = (id: string) => insertJob({ organisation_id: "north", created_by: "ann", depends_on: [id] })
    const answer = (id: string) =>
      Effect.map(Effect.flip(as(ann)(needing(id))), ({ reason }) =>
        JSON.stringify(reason.cause, ["code", "message", "detail", "schema", "table", "constraint"]).replaceAll(id, "…")
      )

    const unknown = yield* answer(Bun.randomUUIDv7())

    expect(unknown).toContain("23503")
    expect(yield* answer(theirs)).toBe(unknown)
    expect(yield* refusal(needing(theirs))).toBe("23503")
    expect(yield* column("SELECT id FROM script_jobs")).toEqual([theirs])
  })
)

inDatabase(
  "lets members cancel their own pending jobs only, and tells queue and listeners",
  Effect.gen(function* () {
    const running = yield* insertJob({ organisation_id: "north", created_by: "ann", priority: 9 })
    yield* firstClaim
    const own = yield* insertJob({ organisation_id: "north", created_by: "ann" })
    const bobs = yield* insertJob({ organisation_id: "north", created_by: "bob" })
    const theirs = yield* insertJob({ organisation_id: "south", created_by: "ann" })
    const news = yield* Effect.flatMap(PgClient.PgClient, (pg) => pg.listen("callboard"))

    for (const id of [running, bobs, theirs]) expect(yield* as(ann)(cancel(id))).toEqual([])
    for (const person of [viewer, { organisation_id: "north" }]) expect(yield* as(person)(cancel(own))).toEqual([])
    expect(yield* as(ann)(cancel(own))).toEqual([own])

    expect(yield* statusOf(own)).toEqual({ status: "cancelled", asked: true })
    const [told] = yield* Queue.takeBetween(news, 1, 1)
    expect(told?.payload).toContain(own)
    expect((yield* claim()).map(({ id }) => String(id)).sort()).toEqual([bobs, theirs].sort())
    expect(yield* disagreements).toEqual([])
  }).pipe(Effect.scoped)
)

inDatabase(
  "lets operators cancel any pending job of the organisation, and ask any running one to stop",
  Effect.gen(function* () {
    const running = yield* insertJob({ organisation_id: "north", created_by: "ann", priority: 9 })
    const claimed = yield* firstClaim
    const pending = yield* insertJob({ organisation_id: "north", created_by: "ann" })
    const theirs = yield* insertJob({ organisation_id: "south" })
    const set = (columns: string, id = running) =>
      as(operator)(run(`UPDATE script_jobs SET ${columns} WHERE id = '${id}'`))

    expect(yield* as(operator)(cancel(pending))).toEqual([pending])
    expect(yield* as(operator)(cancel(theirs))).toEqual([])
    // Before and after it was asked to stop, a running job is left to its worker.
    expect(yield* refusal(set("status = 'cancelled'"))).toBe(INSUFFICIENT_PRIVILEGE)
    expect(yield* as(operator)(cancel(running))).toEqual([running])
    expect(yield* refusal(set("status = 'cancelled'"))).toBe(INSUFFICIENT_PRIVILEGE)
    expect(yield* refusal(set("status = 'pending'"))).toBe(INSUFFICIENT_PRIVILEGE)
    expect(yield* refusal(set("cancel_requested_at = NULL"))).toBe(INSUFFICIENT_PRIVILEGE)
    yield* set("status = 'pending'", pending)

    expect(yield* statusOf(pending)).toEqual({ status: "cancelled", asked: true })
    expect(yield* statusOf(running)).toEqual({ status: "in_progress", asked: true })
    expect(yield* statusOf(theirs)).toEqual({ status: "pending", asked: false })
    yield* complete(claimed)
    expect(yield* disagreements).toEqual([])
  })
)

inDatabase(
  "lets nobody make a pending job running, failed or completed",
  Effect.gen(function* () {
    const id = yield* insertJob({ organisation_id: "north", created_by: "ann" })

    for (const person of [ann, operator]) {
      for (const status of ["in_progress", "completed", "failed", "pending"]) {
        yield* Effect.flip(as(person)(run(`UPDATE script_jobs SET status = '${status}' WHERE id = '${id}'`)))
      }
    }

    expect(yield* statusOf(id)).toEqual({ status: "pending", asked: false })
  })
)

inDatabase(
  "makes the queue follow also for a member who says that it has",
  Effect.gen(function* () {
    const own = { organisation_id: "north", created_by: "ann" }
    const [first, second, third] = yield* as(ann)(
      Effect.gen(function* () {
        const needed = yield* insertJob(own)
        const fails = yield* insertJob({ ...own, depends_on: [needed] })
        return [needed, fails, yield* insertJob({ ...own, depends_on: [fails], on_dependency_failure: "run" })]
      })
    )

    yield* as(ann)(Effect.andThen(run("SELECT set_config('callboard.followed', 'yes', true)"), cancel(first!)))

    expect(yield* statusOf(second!)).toMatchObject({ status: "failed" })
    expect(yield* queueStates).toEqual(new Map([[third!, "ready"]]))
    expect(yield* disagreements).toEqual([])
  })
)
