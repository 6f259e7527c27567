import { expect } from "bun:test"
import { Clock, Duration, Effect, Option } from "effect"
import { SqlClient } from "effect/sql"
import { CurrentCaller, localCaller } from "../../../src/domain/Caller.ts"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import { JobReports } from "../../../src/domain/JobReports.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { Upkeep } from "../../../src/domain/Upkeep.ts"
import type { CreateWebhook } from "../../../src/domain/Webhook.ts"
import { Webhooks } from "../../../src/domain/Webhooks.ts"
import { DELIVERY_TYPE } from "../../../src/runtime/postgres/WebhookDeliveries.ts"
import { WebhookSender } from "../../../src/runtime/webhooks/WebhookSender.ts"
import { idle } from "../../support/scripts.ts"
import { webhookTests } from "../../support/webhookServices.ts"
import { add, claim, complete, fail, firstClaim } from "./builders.ts"

const inDatabase = webhookTests(idle)

const hook = (request: Partial<CreateWebhook> = {}) =>
  Effect.flatMap(Webhooks, ({ create }) => create({ url: "https://hooks.example.com/", events: ["*"], ...request }))

/** The types of the events, each with its webhook's description. */
const told = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ told: string }>`
    SELECT e.type || coalesce(' ' || w.description, '') AS told
    FROM webhook_deliveries d JOIN webhook_events e ON e.id = d.event_id LEFT JOIN webhooks w ON w.id = d.webhook_id
    ORDER BY e.at, told`
  return rows.map((row) => row.told)
})

inDatabase(
  "keeps an event of each turn in a job's life, in the transaction that made it",
  Effect.gen(function* () {
    yield* hook()
    yield* add()
    yield* complete(yield* firstClaim)
    const second = yield* add()
    yield* fail(yield* firstClaim)
    yield* (yield* Jobs).retry(second.id, {})
    yield* (yield* Jobs).cancel(second.id)

    expect(yield* told).toEqual(["job.started", "job.completed", "job.started", "job.failed", "job.cancelled"])
  })
)

inDatabase(
  "tells each webhook only what it wants to hear, and nobody when none does",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* add()
    yield* complete(yield* firstClaim)
    expect(yield* sql`SELECT FROM webhook_events`).toHaveLength(0)

    yield* hook({ description: "failures", events: ["job.failed", "job.completed"] })
    yield* hook({ description: "off", enabled: false })
    yield* hook({ description: "other type", filter: { jobType: "other" } })
    yield* hook({ description: "bella", events: ["job.completed"], filter: { restaurantId: "bella" } })
    yield* hook({ description: "night", events: ["job.completed"], filter: { label: "night", jobType: "idle" } })
    yield* sql`UPDATE webhooks SET organisation_id = 'north' WHERE id = ${(yield* hook({ description: "north" })).id}::uuid`
    yield* add({ restaurantId: "bella", labels: ["day"] })
    yield* complete(yield* firstClaim)
    yield* add({ labels: ["day", "night"] })
    yield* complete(yield* firstClaim)

    expect(yield* told).toEqual([
      "job.completed bella",
      "job.completed failures",
      "job.completed failures",
      "job.completed night"
    ])
    expect(yield* sql`SELECT FROM webhook_events`).toHaveLength(2)
  })
)

inDatabase(
  "uses both places of a webhook also where deliveries come one by one",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { id } = yield* hook()
    const event = Bun.randomUUIDv7()
    yield* sql`INSERT INTO webhook_events (id, type) VALUES (${event}::uuid, 'webhook.test')`
    for (const last of ["2", "3", "c", "d"]) {
      yield* sql`
        INSERT INTO webhook_deliveries (id, event_id, webhook_id)
        VALUES (${crypto.randomUUID().slice(0, -1) + last}::uuid, ${event}::uuid, ${id}::uuid)`
      expect(yield* (yield* WebhookSender).dispatch).toBe(1)
    }

    const keys = yield* sql`SELECT concurrency_key AS key, count(*)::int FROM script_jobs GROUP BY 1 ORDER BY 1`
    expect(keys).toEqual([
      { key: `webhook:${id}:0`, count: 2 },
      { key: `webhook:${id}:1`, count: 2 }
    ])
  })
)

inDatabase(
  "keeps one event per job where hundreds end in one statement",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* hook({ events: ["job.cancelled"] })
    const { createBatch } = yield* Jobs
    yield* createBatch(Array.from({ length: 400 }, () => ({ jobType: "idle", input: {} })))

    yield* sql`UPDATE script_jobs SET status = 'cancelled'`

    expect(yield* sql`SELECT DISTINCT job_id FROM webhook_events WHERE type = 'job.cancelled'`).toHaveLength(400)
    expect(yield* sql`SELECT FROM webhook_deliveries`).toHaveLength(400)
  })
)

inDatabase(
  "forgets the event with the change when the transaction is rolled back",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* hook()
    const { id } = yield* add()

    yield* Effect.exit(
      sql.withTransaction(
        Effect.andThen((yield* Jobs).cancel(id), Effect.die(new Error("the process dies before the end")))
      )
    )

    expect(yield* told).toEqual([])
  })
)

inDatabase(
  "makes exactly one job of each delivery, however many look at once",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { dispatch } = yield* WebhookSender
    yield* hook({ events: ["job.cancelled"] })
    yield* (yield* Jobs).createBatch(Array.from({ length: 250 }, () => ({ jobType: "idle", input: {} })))
    yield* sql`UPDATE script_jobs SET status = 'cancelled'`

    yield* Effect.all([dispatch, dispatch, dispatch], { concurrency: 3 })
    yield* dispatch

    const made = sql`SELECT input_payload->>'deliveryId' FROM script_jobs WHERE job_type = ${DELIVERY_TYPE}`
    expect(yield* made).toHaveLength(250)
    expect(
      yield* sql`
        SELECT FROM webhook_deliveries d JOIN script_jobs j
        ON j.id = d.job_id AND j.input_payload->>'deliveryId' = d.id::text AND j.lane = 'system'`
    ).toHaveLength(250)
  })
)

inDatabase(
  "lets a delivery end by the database's clock, however late that of the process is",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const clock = yield* Clock.Clock
    const lateMs = () => clock.currentTimeMillisUnsafe() - Duration.toMillis(Duration.days(40))
    const late = Object.assign(Object.create(clock) as Clock.Clock, {
      currentTimeMillisUnsafe: lateMs,
      currentTimeMillis: Effect.sync(lateMs)
    })
    yield* hook()
    yield* add()
    yield* complete(yield* firstClaim)

    expect(yield* Effect.provideService((yield* WebhookSender).dispatch, Clock.Clock, late)).toBe(2)

    expect(yield* (yield* Upkeep).expire).toBe(0)
    expect(yield* sql`SELECT status FROM script_jobs WHERE job_type = ${DELIVERY_TYPE}`).toEqual([
      { status: "pending" },
      { status: "pending" }
    ])
  })
)

inDatabase(
  "makes the job of a delivery in the organisation of its webhook",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const create = Effect.flatMap(Jobs, (jobs) => jobs.create({ jobType: "idle", input: {} }))
    for (const organisationId of ["north", "south"]) {
      const caller = Option.some({ ...localCaller, organisationId })
      yield* Effect.provideService(Effect.andThen(hook(), create), CurrentCaller, caller)
    }
    yield* sql`UPDATE script_jobs SET status = 'cancelled'`

    yield* (yield* WebhookSender).dispatch

    const found = yield* sql`
      SELECT j.organisation_id, e.job->>'organisation_id' AS told_of
      FROM webhook_deliveries d JOIN webhook_events e ON e.id = d.event_id JOIN script_jobs j ON j.id = d.job_id
      ORDER BY 1`
    expect(found).toEqual([
      { organisationId: "north", toldOf: "north" },
      { organisationId: "south", toldOf: "south" }
    ])
  })
)

inDatabase(
  "never tells of telling, and lists those jobs only where they are asked for",
  Effect.gen(function* () {
    const queue = yield* JobQueue
    const { dispatch } = yield* WebhookSender
    yield* hook()
    yield* (yield* Jobs).cancel((yield* add()).id)
    yield* dispatch
    const [mine] = yield* queue.claim("system", 10)
    yield* fail(mine!)

    expect(yield* dispatch).toBe(0)
    expect(yield* told).toEqual(["job.cancelled"])
    const { list } = yield* JobReports
    const types = (filter: object) => Effect.map(list(filter, { limit: 10 }), (page) => page.jobs.map((j) => j.jobType))
    expect(yield* types({})).toEqual(["idle"])
    expect(yield* types({ lane: "system" })).toEqual([DELIVERY_TYPE])
  })
)

inDatabase(
  "lets no caller make a delivery by hand",
  Effect.gen(function* () {
    const { create } = yield* Jobs
    const input = { deliveryId: Bun.randomUUIDv7() }

    const refused = yield* create({ jobType: DELIVERY_TYPE, input }).pipe(
      Effect.provideService(CurrentCaller, Option.some(localCaller)),
      Effect.flip
    )

    expect(refused).toMatchObject({ _tag: "UnknownJobType", known: ["idle"] })
  })
)

inDatabase(
  "does not keep a job from ending while its webhook is removed",
  Effect.gen(function* () {
    const { remove } = yield* Webhooks
    const { dispatch } = yield* WebhookSender
    const sql = yield* SqlClient.SqlClient
    const { id } = yield* hook({ events: ["job.completed"] })
    yield* add()
    const [first] = yield* claim()
    yield* complete(first!)
    // As if the end had been recorded at the same moment as the removal.
    yield* sql`DELETE FROM webhooks WHERE id = ${id}::uuid`

    yield* dispatch

    expect(yield* told).toEqual([])
    expect((yield* Effect.flip(remove(id)))._tag).toBe("WebhookNotFound")
  })
)

inDatabase(
  "tells what a job asks, with the question",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* hook({ events: ["job.needs_input"] })
    yield* add()
    const mine = yield* firstClaim
    const ask = (state: string) => sql`
      INSERT INTO job_prompts (id, job_id, attempt, lease_token, kind, label, times_asked, state, deadline)
      VALUES (gen_random_uuid(), ${mine.id}::uuid, 1, ${mine.lease.token}::uuid, 'otp', 'The code', 1, ${state},
        now() + interval '1 minute')`

    yield* ask("postponed")
    expect(yield* told).toEqual([])
    yield* ask("open")

    expect(yield* told).toEqual(["job.needs_input"])
    const stored = yield* sql`SELECT prompt->>'label' AS label, job->>'status' AS status FROM webhook_events`
    expect(stored).toEqual([{ label: "The code", status: "in_progress" }])
  })
)

inDatabase(
  "keeps the webhooks of one organisation from the admins of another",
  Effect.gen(function* () {
    const { deliveries, get, list, remove, rotateSecret, test, update } = yield* Webhooks
    const asAdminOf = (organisationId: string) =>
      Effect.provideService(CurrentCaller, Option.some({ ...localCaller, organisationId }))
    const { id } = yield* hook().pipe(asAdminOf("north"))

    for (const call of [
      get(id),
      update(id, { enabled: false }),
      rotateSecret(id),
      remove(id),
      deliveries(id, { limit: 10 }),
      test(id)
    ]) {
      expect((yield* Effect.flip<unknown, { _tag: string }, never>(call).pipe(asAdminOf("south")))._tag).toBe(
        "WebhookNotFound"
      )
    }
    expect(yield* list.pipe(asAdminOf("south"))).toEqual([])
    expect((yield* list.pipe(asAdminOf("north"))).map((each) => [each.id, each.enabled])).toEqual([[id, true]])
  })
)

inDatabase(
  "pages through deliveries without a gap or a double",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { deliveries } = yield* Webhooks
    const { id } = yield* hook({ events: ["job.cancelled"] })
    yield* (yield* Jobs).createBatch(Array.from({ length: 5 }, () => ({ jobType: "idle", input: {} })))
    // All of one moment.
    yield* sql`UPDATE script_jobs SET status = 'cancelled'`

    const all = yield* deliveries(id, { limit: 5 })
    const first = yield* deliveries(id, { limit: 2 })
    const second = yield* deliveries(id, { limit: 2, cursor: first.nextCursor! })
    const third = yield* deliveries(id, { limit: 2, cursor: second.nextCursor! })

    expect([first, second, third].flatMap((page) => page.deliveries)).toEqual([...all.deliveries])
    expect([all.nextCursor, third.nextCursor]).toEqual([undefined, undefined])
    expect((yield* Effect.flip(deliveries(id, { limit: 2, cursor: "*" })))._tag).toBe("InvalidCursor")
  })
)

inDatabase(
  "forgets events after a week, with all that was made of them, and nothing younger",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { dispatch, prune } = yield* WebhookSender
    const { id } = yield* hook({ events: ["job.cancelled"] })
    const jobs = yield* Jobs
    const cancelled = Effect.flatMap(add(), (job) => Effect.as(jobs.cancel(job.id), job.id))
    const [old, young] = [yield* cancelled, yield* cancelled]
    yield* dispatch
    const [mine] = yield* (yield* JobQueue).claim("system", 1)
    yield* complete(mine!)
    yield* sql`UPDATE webhook_events SET at = now() - interval '8 days' WHERE job_id = ${old}::uuid`

    yield* prune

    expect((yield* (yield* Webhooks).deliveries(id, { limit: 5 })).deliveries).toHaveLength(1)
    expect(yield* sql`SELECT job_id::text FROM webhook_events`).toEqual([{ jobId: young }])
    expect(yield* sql`SELECT FROM script_jobs WHERE lane = 'system'`).toHaveLength(2)
  })
)

inDatabase(
  "keeps what a paused lane holds back for days, and goes on with it when it is resumed",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const upkeep = yield* Upkeep
    const queue = yield* JobQueue
    yield* hook()
    yield* complete(yield* Effect.andThen(add(), firstClaim))
    yield* (yield* WebhookSender).dispatch
    yield* sql`INSERT INTO pauses (kind, name) VALUES ('lane', 'system')`

    yield* sql`UPDATE script_jobs SET expires_at = expires_at - interval '6 days' WHERE lane = 'system'`
    yield* upkeep.expire
    const held = yield* queue.claim("system", 9)
    yield* sql`DELETE FROM pauses`
    const resumed = yield* queue.claim("system", 9)

    // The second waits for the first where both have the same place.
    expect(held).toEqual([])
    expect(resumed).not.toEqual([])
    expect(yield* sql`SELECT FROM script_jobs WHERE lane = 'system' AND completed_at IS NULL`).toHaveLength(2)
  })
)

inDatabase(
  "tells nobody of a failure of what Callboard sends out itself",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* hook()
    yield* fail(yield* Effect.andThen(add(), firstClaim))
    yield* (yield* WebhookSender).dispatch
    yield* sql`UPDATE script_jobs SET expires_at = now() - interval '1 second' WHERE lane = 'system'`

    const expired = yield* (yield* Upkeep).expire

    expect(expired).toBe(2)
    expect(yield* sql`SELECT DISTINCT job_type FROM job_failures`).toEqual([{ jobType: "idle" }])
  })
)
