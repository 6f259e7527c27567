import { expect } from "bun:test"
import { Cause, Duration, Effect, Exit } from "effect"
import { SqlClient } from "effect/sql"
import { Webhook as Verifier } from "standardwebhooks"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import type { CreateWebhook } from "../../../src/domain/Webhook.ts"
import { Webhooks } from "../../../src/domain/Webhooks.ts"
import { SecretBox } from "../../../src/runtime/SecretBox.ts"
import { MOST_TRIES, WebhookSender } from "../../../src/runtime/webhooks/WebhookSender.ts"
import { scripted } from "../../support/scripts.ts"
import { type Received, receiver, webhookTests } from "../../support/webhookServices.ts"
import { add, claim, complete, firstClaim, retryLater } from "../postgres/builders.ts"

const inDatabase = webhookTests(scripted("idle", () => Effect.succeed(null)))

const hook = (url: string, request: Partial<CreateWebhook> = {}) =>
  Effect.flatMap(Webhooks, ({ create }) => create({ url, events: ["job.completed"], ...request }))

/** Ends a job and gives the delivery that comes of it. */
const endedJob = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const job = yield* add({ input: { password: "hunter2", text: "hello" } })
  yield* complete(yield* firstClaim, { ok: true })
  yield* (yield* WebhookSender).dispatch
  const [row] = yield* sql<{ id: string }>`
    SELECT d.id FROM webhook_deliveries d JOIN webhook_events e ON e.id = d.event_id WHERE e.job_id = ${job.id}::uuid`
  return { job, deliveryId: row!.id }
})

const deliver = (id: string) => Effect.flatMap(WebhookSender, (sender) => Effect.exit(sender.deliver(id)))

const verified = ({ body, headers }: Received, secret: string) =>
  new Verifier(secret).verify(body, Object.fromEntries(headers))

const history = (webhookId: Parameters<typeof Webhooks.Service.get>[0]) =>
  Effect.map(
    Effect.flatMap(Webhooks, ({ deliveries }) => deliveries(webhookId, { limit: 10 })),
    ({ deliveries }) => deliveries
  )

inDatabase(
  "posts the job as it was, masked and signed as Standard Webhooks, with the same id until it is taken",
  Effect.scoped(
    Effect.gen(function* () {
      const { received, url } = yield* receiver(
        () => new Response("ask ada@example.com", { status: 503, headers: { "retry-after": "120" } }),
        () => new Response("thanks")
      )
      const webhook = yield* hook(url)
      const { deliveryId, job } = yield* endedJob

      const first = yield* deliver(deliveryId)
      expect(Exit.isFailure(first) && Cause.squash(first.cause)).toMatchObject({
        code: "SERVICE_UNAVAILABLE",
        message: "The receiver answered 503.",
        retryAfterMs: 120_000
      })
      expect(yield* deliver(deliveryId)).toEqual(Exit.succeed({ state: "delivered" }))
      // A job that runs once more, because its worker died before it could say that it had done it.
      expect(yield* deliver(deliveryId)).toEqual(Exit.succeed({ state: "skipped" }))

      expect(received).toHaveLength(2)
      expect(received.map(({ headers }) => headers.get("webhook-id"))).toEqual([deliveryId, deliveryId])
      const payload = verified(received[1]!, webhook.secret)
      expect(payload).toMatchObject({
        type: "job.completed",
        data: {
          job: { id: job.id, status: "completed", input: { password: "••••", text: "hello" }, result: { ok: true } }
        }
      })
      expect(JSON.stringify(received)).not.toContain("hunter2")
      expect(() => verified(received[1]!, `whsec_${Buffer.alloc(32).toString("base64")}`)).toThrow()
      expect(yield* history(webhook.id)).toMatchObject([
        {
          id: deliveryId,
          type: "job.completed",
          state: "delivered",
          jobId: job.jobId,
          attempts: [
            { attempt: 1, statusCode: 503, errorCode: "STATUS", excerpt: "ask [email]" },
            { attempt: 2, statusCode: 200, excerpt: "thanks" }
          ]
        }
      ])
      expect((yield* (yield* Webhooks).get(webhook.id)).lastAttempt).toMatchObject({
        state: "delivered",
        statusCode: 200
      })
    })
  )
)

inDatabase(
  "tells of the job as it was at the event, whatever became of it since",
  Effect.scoped(
    Effect.gen(function* () {
      const { received, url } = yield* receiver()
      yield* hook(url, { events: ["job.cancelled"] })
      const jobs = yield* Jobs
      const { id } = yield* add()
      yield* jobs.cancel(id)
      yield* jobs.retry(id, {})
      yield* (yield* WebhookSender).dispatch
      const [mine] = yield* (yield* JobQueue).claim("system", 1)

      yield* deliver((mine!.input as { readonly deliveryId: string }).deliveryId)

      expect(JSON.parse(received[0]!.body)).toMatchObject({
        type: "job.cancelled",
        data: { job: { status: "cancelled" } }
      })
    })
  )
)

inDatabase(
  "signs with both secrets for a day after they change, and shows neither",
  Effect.scoped(
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { received, url } = yield* receiver()
      const webhooks = yield* Webhooks
      const before = yield* hook(url)
      const after = yield* webhooks.rotateSecret(before.id)

      yield* deliver((yield* endedJob).deliveryId)
      yield* sql`UPDATE webhooks SET former_secret_until = now() - interval '1 second'`
      yield* deliver((yield* endedJob).deliveryId)

      expect(after.secret).not.toBe(before.secret)
      expect(verified(received[0]!, before.secret)).toBeDefined()
      expect(verified(received[0]!, after.secret)).toBeDefined()
      expect(verified(received[1]!, after.secret)).toBeDefined()
      expect(() => verified(received[1]!, before.secret)).toThrow()
      const [stored] = yield* sql<{ text: string }>`SELECT w::text AS text FROM webhooks w`
      const shown = JSON.stringify([yield* webhooks.list, yield* history(before.id), stored!.text])
      expect(shown).not.toContain(before.secret.slice(6))
      expect(shown).not.toContain(after.secret.slice(6))
    })
  )
)

inDatabase(
  "lets each former secret sign for its day, also when another one follows within it",
  Effect.scoped(
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { received, url } = yield* receiver()
      const { rotateSecret } = yield* Webhooks
      const first = yield* hook(url)
      const second = yield* rotateSecret(first.id)
      // It was replaced an hour ago.
      yield* sql`UPDATE webhooks SET former_secret_until = former_secret_until - interval '1 hour'`
      const third = yield* rotateSecret(first.id)
      const fourth = yield* rotateSecret(first.id)
      const secrets = [first, second, third, fourth].map(({ secret }) => secret)

      yield* deliver((yield* endedJob).deliveryId)
      for (const secret of secrets) expect(verified(received[0]!, secret)).toBeDefined()

      const box = yield* SecretBox
      const [{ formerSecret } = { formerSecret: undefined }] = yield* sql<{ formerSecret: unknown }>`
        SELECT former_secret FROM webhooks`
      const kept = (yield* box.open(formerSecret, first.id)) as ReadonlyArray<{ secret: string; untilMs: number }>
      expect(kept.map(({ secret }) => secret)).toEqual(secrets.slice(0, 3).toReversed())
      const later = kept.map((each) => ({ ...each, untilMs: each.untilMs - 23.5 * 3_600_000 }))
      yield* sql`UPDATE webhooks SET former_secret = ${JSON.stringify(box.seal(later, first.id))}::text::jsonb`

      yield* deliver((yield* endedJob).deliveryId)
      for (const secret of secrets.slice(1)) expect(verified(received[1]!, secret)).toBeDefined()
      expect(() => verified(received[1]!, secrets[0]!)).toThrow()
    })
  )
)

inDatabase(
  "switches a webhook off whose receiver is gone, and posts nothing more to it",
  Effect.scoped(
    Effect.gen(function* () {
      const { received, url } = yield* receiver(() => new Response(null, { status: 410 }))
      const webhook = yield* hook(url)
      const [first, second] = [yield* endedJob, yield* endedJob]

      expect(yield* deliver(first.deliveryId)).toEqual(Exit.succeed({ state: "failed" }))
      expect(yield* deliver(second.deliveryId)).toEqual(Exit.succeed({ state: "skipped" }))

      expect(received).toHaveLength(1)
      expect(yield* (yield* Webhooks).get(webhook.id)).toMatchObject({ enabled: false, disabledBecause: "gone" })
      const on = yield* (yield* Webhooks).update(webhook.id, { enabled: true })
      expect(on.enabled).toBe(true)
      expect(on).not.toHaveProperty("disabledBecause")
    })
  )
)

inDatabase(
  "gives up after its last try without a failed job, and counts no other answer than 2xx",
  Effect.scoped(
    Effect.gen(function* () {
      const { received, url } = yield* receiver(() => Response.redirect("https://example.com/", 302))
      const webhook = yield* hook(url)
      const { deliveryId } = yield* endedJob

      for (let attempt = 1; attempt < MOST_TRIES; attempt++) {
        expect(Exit.isFailure(yield* deliver(deliveryId))).toBe(true)
      }
      expect(yield* deliver(deliveryId)).toEqual(Exit.succeed({ state: "failed" }))

      expect(received).toHaveLength(MOST_TRIES)
      const [delivery] = yield* history(webhook.id)
      expect(delivery).toMatchObject({ state: "failed" })
      expect(delivery).not.toHaveProperty("nextAttemptAt")
    })
  )
)

inDatabase(
  "posts what was given up once more when somebody asks for it, with the same id, and nothing that was taken",
  Effect.scoped(
    Effect.gen(function* () {
      const refusing = Array.from({ length: MOST_TRIES }, () => () => new Response(null, { status: 503 }))
      const { received, url } = yield* receiver(...refusing, () => new Response(null, { status: 204 }))
      const { sendAgain } = yield* Webhooks
      const { dispatch } = yield* WebhookSender
      const webhook = yield* hook(url)
      const other = yield* hook(url, { events: ["job.failed"] })
      const { deliveryId } = yield* endedJob
      for (let attempt = 1; attempt <= MOST_TRIES; attempt++) yield* deliver(deliveryId)

      for (const id of [deliveryId, "nothing", webhook.id]) {
        const elsewhere = yield* Effect.flip(sendAgain(id === deliveryId ? other.id : webhook.id, id))
        expect(elsewhere).toMatchObject({ _tag: "WebhookNotFound", deliveryId: id })
      }
      const pending = { id: deliveryId, state: "pending" }
      expect(yield* sendAgain(webhook.id, deliveryId)).toMatchObject({ delivery: pending, isSent: true })
      expect(yield* sendAgain(webhook.id, deliveryId)).toMatchObject({ delivery: pending, isSent: false })
      expect(yield* dispatch).toBe(1)
      yield* sendAgain(webhook.id, deliveryId)
      expect(yield* dispatch).toBe(0)
      expect(yield* deliver(deliveryId)).toEqual(Exit.succeed({ state: "delivered" }))

      expect(yield* sendAgain(webhook.id, deliveryId)).toMatchObject({ delivery: { state: "delivered" } })
      expect(yield* dispatch).toBe(0)
      expect(received).toHaveLength(MOST_TRIES + 1)
      expect(received.at(-1)?.headers.get("webhook-id")).toBe(deliveryId)
    })
  )
)

inDatabase(
  "posts a test once, also while the webhook is off",
  Effect.scoped(
    Effect.gen(function* () {
      const { received, url } = yield* receiver(() => new Response(null, { status: 500 }))
      const webhooks = yield* Webhooks
      const { id, secret } = yield* hook(url, { enabled: false })

      const delivery = yield* webhooks.test(id)
      yield* (yield* WebhookSender).dispatch
      expect(yield* deliver(delivery.id)).toEqual(Exit.succeed({ state: "failed" }))

      expect(delivery).toMatchObject({ type: "webhook.test", state: "pending", attempts: [] })
      expect(verified(received[0]!, secret)).toMatchObject({ type: "webhook.test", data: { webhookId: id } })
    })
  )
)

inDatabase(
  "leaves input and result out where they would make the body too large",
  Effect.scoped(
    Effect.gen(function* () {
      const { received, url } = yield* receiver()
      yield* hook(url)
      const { deliveryId } = yield* Effect.gen(function* () {
        yield* add({ input: { text: "x".repeat(200_000) } })
        yield* complete(yield* firstClaim, { text: "y".repeat(100_000) })
        yield* (yield* WebhookSender).dispatch
        const [mine] = yield* (yield* JobQueue).claim("system", 1)
        return mine!.input as { readonly deliveryId: string }
      })

      yield* deliver(deliveryId)

      expect(received[0]!.body.length).toBeLessThan(10_000)
      expect(JSON.parse(received[0]!.body)).toMatchObject({ data: { shortened: true, job: { input: {} } } })
    })
  )
)

inDatabase(
  "shows a delivery whose job ended without a word as failed, and one that waits with its next try",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const webhook = yield* hook("https://hooks.example.com/")
    const [lost, waits] = [yield* endedJob, yield* endedJob]
    yield* sql`
      UPDATE script_jobs SET status = 'cancelled'
      WHERE id = (SELECT d.job_id FROM webhook_deliveries d WHERE d.id = ${lost.deliveryId}::uuid)`

    const shown = yield* history(webhook.id)

    expect(shown.map(({ id, state }) => [id, state]).toSorted()).toEqual(
      [
        [lost.deliveryId, "failed"],
        [waits.deliveryId, "pending"]
      ].toSorted()
    )
    expect(shown.find(({ id }) => id === waits.deliveryId)).toHaveProperty("nextAttemptAt")
    expect(shown.find(({ id }) => id === lost.deliveryId)).not.toHaveProperty("nextAttemptAt")
  })
)

inDatabase(
  "leaves out a result of which it does not know what is secret",
  Effect.scoped(
    Effect.gen(function* () {
      const { received, url } = yield* receiver(() => new Response("thanks"))
      yield* hook(url)
      const { deliveryId } = yield* endedJob
      const sql = yield* SqlClient.SqlClient
      yield* sql`UPDATE webhook_events SET job = job || '{"job_type": "of-another-worker"}'`

      yield* deliver(deliveryId)

      const { job } = JSON.parse(received[0]!.body).data
      expect(job).toMatchObject({ jobType: "of-another-worker", status: "completed", input: {} })
      expect(job).not.toHaveProperty("result")
    })
  )
)

inDatabase(
  "gives up a day after its first try, however long the delivery waited for that",
  Effect.scoped(
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { url } = yield* receiver(() => new Response("later", { status: 503 }))
      yield* hook(url)
      const { deliveryId } = yield* endedJob

      yield* sql`UPDATE webhook_deliveries SET created_at = created_at - interval '3 days'`
      const first = yield* deliver(deliveryId)
      yield* sql`UPDATE webhook_attempts SET at = at - interval '27 hours'`
      const last = yield* deliver(deliveryId)

      expect(Exit.isFailure(first) && Cause.squash(first.cause)).toMatchObject({ code: "SERVICE_UNAVAILABLE" })
      expect(last).toEqual(Exit.succeed({ state: "failed" }))
    })
  )
)

/** Takes a connection and hangs up. */
const deadReceiver = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() =>
      Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { open: (socket) => void socket.end(), data: () => {} } })
    ),
    (server) => Effect.sync(() => server.stop(true))
  ),
  ({ port }) => `http://127.0.0.1:${port}/hook`
)

const backlog = (jobs: number) =>
  Effect.gen(function* () {
    yield* Effect.forEach(Array.from({ length: jobs }), () => add())
    for (const claimed of yield* claim(jobs)) yield* complete(claimed)
    yield* (yield* WebhookSender).dispatch
  })

/** One round of the lane: as many as have a place, each tried once, and what failed waits for nothing. */
const round = Effect.gen(function* () {
  const queue = yield* JobQueue
  const claims = yield* queue.claim("system", 16)
  const tried = yield* Effect.forEach(
    claims,
    (claimed) =>
      Effect.gen(function* () {
        const { deliveryId } = claimed.input as { readonly deliveryId: string }
        const end = yield* deliver(deliveryId)
        yield* Exit.isSuccess(end) ? complete(claimed, end.value) : retryLater(claimed, Duration.zero)
        return deliveryId
      }),
    { concurrency: 1 }
  )
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ webhookId: string }>`
    SELECT webhook_id FROM webhook_deliveries WHERE id = ANY (${tried}::text[]::uuid[])`
  return rows.map(({ webhookId }) => webhookId)
})

inDatabase(
  "posts first to receivers that answer, however many others are silent, and to each of those one at a time",
  Effect.scoped(
    Effect.gen(function* () {
      const { received, url } = yield* receiver()
      const dead = yield* deadReceiver
      yield* Effect.forEach(Array.from({ length: 9 }), () => hook(dead))
      yield* backlog(6)
      // Nobody knows yet that they are silent, and all have their first turn.
      expect((yield* round).length + (yield* round).length).toBeGreaterThan(16)

      const silent = yield* round
      expect(silent).toHaveLength(9)
      expect(new Set(silent).size).toBe(9)

      const healthy = yield* hook(url)
      yield* backlog(1)
      const queue = yield* JobQueue
      const [first] = yield* queue.claim("system", 1)
      yield* deliver((first!.input as { readonly deliveryId: string }).deliveryId)
      expect(received).toHaveLength(1)
      expect(yield* history(healthy.id)).toMatchObject([{ state: "delivered" }])
    })
  )
)

inDatabase(
  "posts two at a time again, before the silent ones, as soon as a receiver answers",
  Effect.scoped(
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { received, url } = yield* receiver()
      const { id } = yield* hook(yield* deadReceiver)
      yield* backlog(20)
      yield* round
      expect(yield* round).toEqual([id])

      yield* sql`UPDATE webhooks SET url = ${url}`
      expect(yield* round).toEqual([id])
      expect(yield* round).toEqual([id, id])
      while ((yield* round).length > 0);

      expect(received).toHaveLength(20)
      expect(yield* sql`SELECT FROM webhook_deliveries WHERE state <> 'delivered'`).toHaveLength(0)
    })
  )
)

inDatabase(
  "asks a receiver again that was silent once, whatever waits for another that is silent still",
  Effect.scoped(
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { received, url } = yield* receiver()
      const dead = yield* deadReceiver
      yield* hook(dead)
      yield* backlog(20)
      yield* round
      yield* Effect.forEach(Array.from({ length: 8 }), () => hook(dead))
      yield* backlog(1)
      yield* round
      yield* sql`UPDATE webhooks SET url = ${url} WHERE id <> (SELECT min(id::text)::uuid FROM webhooks)`

      yield* round
      expect(received).toHaveLength(8)
    })
  )
)

inDatabase(
  "posts at once what somebody asks for, before what else waits for the same silent receiver",
  Effect.scoped(
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { received, url } = yield* receiver()
      const { id } = yield* hook(yield* deadReceiver)
      const { sendAgain, test } = yield* Webhooks
      yield* backlog(5)
      yield* round
      yield* sql`UPDATE webhook_deliveries SET state = 'failed', ended_at = now()
        WHERE id = (SELECT max(d.id::text)::uuid FROM webhook_deliveries d)`
      const given = (yield* history(id)).find(({ state }) => state === "failed")
      yield* sendAgain(id, given!.id)
      const { id: tested } = yield* test(id)
      yield* (yield* WebhookSender).dispatch
      const running = yield* (yield* JobQueue).claim("system", 16)
      const asked = yield* sql<{ id: string }>`
        SELECT d.id FROM webhook_deliveries d JOIN script_jobs j ON j.id = d.job_id WHERE j.priority = 0 ORDER BY d.id`
      expect(asked.map((row) => row.id)).toEqual([given!.id, tested].toSorted())
      const claimed = running.map(({ input }) => (input as { readonly deliveryId: string }).deliveryId)
      expect(claimed).toHaveLength(2)
      expect([given!.id, tested]).toContain(claimed[0]!)

      yield* sql`UPDATE webhooks SET url = ${url}`
      yield* deliver(claimed[0]!)
      expect(received).toHaveLength(1)
    })
  )
)

inDatabase(
  "takes the one that found its receiver back from behind the others too, when it is to be tried again",
  Effect.scoped(
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { url } = yield* receiver(() => new Response(null, { status: 503 }))
      yield* hook(yield* deadReceiver)
      yield* backlog(3)
      yield* round
      yield* round
      yield* sql`UPDATE webhooks SET url = ${url}`
      yield* round

      expect(yield* sql`SELECT DISTINCT priority FROM script_jobs WHERE job_type = 'deliver-webhook'`).toEqual([
        { priority: 0 }
      ])
    })
  )
)

inDatabase(
  "looks at the other deliveries only where a try tells something new of the receiver",
  Effect.scoped(
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* hook(yield* deadReceiver)
      yield* backlog(3)
      yield* round
      yield* round
      // Whatever a look finds out of place, it moves.
      yield* sql`UPDATE script_jobs SET priority = 0
        WHERE id = (SELECT max(id::text)::uuid FROM script_jobs WHERE job_type = 'deliver-webhook')`
      const [mine] = yield* sql<{ id: string }>`
        SELECT d.id FROM webhook_deliveries d JOIN script_jobs j ON j.id = d.job_id WHERE j.priority < 0 LIMIT 1`
      yield* deliver(mine!.id)

      expect(yield* sql`SELECT FROM script_jobs WHERE job_type = 'deliver-webhook' AND priority = 0`).toHaveLength(1)
    })
  )
)

inDatabase(
  "tells how the newest try went, however many deliveries wait behind it",
  Effect.scoped(
    Effect.gen(function* () {
      const { id } = yield* hook(yield* deadReceiver)
      const { deliveryId } = yield* endedJob
      yield* deliver(deliveryId)
      yield* backlog(30)

      expect((yield* (yield* Webhooks).get(id)).lastAttempt).toMatchObject({ state: "pending" })
    })
  )
)
