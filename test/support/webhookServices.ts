/** Webhooks on a database of their own, with receivers that the test plays itself. */
import { afterAll } from "bun:test"
import { Duration, Effect, Layer, ManagedRuntime, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import type { JobType } from "../../src/domain/JobType.ts"
import * as PgJobPrompts from "../../src/runtime/postgres/PgJobPrompts.ts"
import * as PgJobQueue from "../../src/runtime/postgres/PgJobQueue.ts"
import * as PgJobReports from "../../src/runtime/postgres/PgJobReports.ts"
import * as PgJobs from "../../src/runtime/postgres/PgJobs.ts"
import * as PgUpkeep from "../../src/runtime/postgres/PgUpkeep.ts"
import * as PgWebhooks from "../../src/runtime/postgres/PgWebhooks.ts"
import { SecretBox } from "../../src/runtime/SecretBox.ts"
import { parseAllowed } from "../../src/runtime/webhooks/AddressRules.ts"
import { deliveryJobType } from "../../src/runtime/webhooks/deliveryJobs.ts"
import * as WebhookSender from "../../src/runtime/webhooks/WebhookSender.ts"
import { it } from "./effect.ts"
import { typesLayer } from "./scripts.ts"
import { TestDatabase } from "./TestDatabase.ts"

const settings = {
  worker: { name: "worker-a", bootId: Bun.randomUUIDv7() },
  leaseTime: Duration.seconds(30),
  places: { default: 8, system: 16 }
}

/** Receivers of tests listen on this computer. */
export const HERE = parseAllowed("127.0.0.1")!

/** Gives `inDatabase(name, body)`: a test that starts with empty tables. */
export const webhookTests = (...types: ReadonlyArray<JobType>) => {
  const foundation = Layer.mergeAll(
    TestDatabase.layer,
    typesLayer(...types, deliveryJobType(Effect.never)),
    SecretBox.layer(Redacted.make(Buffer.alloc(32, 7).toString("base64")))
  )
  const services = Layer.mergeAll(
    PgJobQueue.layer(settings),
    PgJobPrompts.layer,
    PgUpkeep.layer(settings.worker),
    PgJobReports.layer,
    PgWebhooks.layer(HERE),
    WebhookSender.layer({ allowed: HERE }).pipe(Layer.provideMerge(PgJobs.layer))
  )
  const runtime = ManagedRuntime.make(services.pipe(Layer.provideMerge(foundation)))
  afterAll(() => runtime.dispose())

  const empty = Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql`
      TRUNCATE script_jobs, job_queue, job_leases, workers, webhooks, webhook_events, failures_to_mail CASCADE`
  )
  return <A, E>(name: string, body: Effect.Effect<A, E, ManagedRuntime.ManagedRuntime.Services<typeof runtime>>) =>
    it.live(name, () => Effect.promise(() => runtime.runPromise(Effect.andThen(empty, body))))
}

export interface Received {
  readonly headers: Headers
  readonly body: string
}

/** A receiver that answers what it is told, in turn; its last answer again and again. */
export const receiver = (...answers: ReadonlyArray<() => Response>) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => {
        const received: Array<Received> = []
        const server = Bun.serve({
          port: 0,
          hostname: "127.0.0.1",
          fetch: async (request) => {
            received.push({ headers: request.headers, body: await request.text() })
            const answer = answers[Math.min(received.length, answers.length) - 1]
            return answer?.() ?? new Response(null, { status: 204 })
          }
        })
        return { received, server }
      }),
      ({ server }) => Effect.promise(() => server.stop(true))
    ),
    ({ received, server }) => ({ received, url: `http://127.0.0.1:${server.port}/hook` })
  )
