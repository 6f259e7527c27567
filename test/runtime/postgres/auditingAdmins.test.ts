import { expect } from "bun:test"
import { Effect, Layer, Option } from "effect"
import { type Caller, CurrentCaller } from "../../../src/domain/Caller.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { Cleanup } from "../../../src/domain/Upkeep.ts"
import { Webhooks } from "../../../src/domain/Webhooks.ts"
import { auditedJobs } from "../../../src/runtime/postgres/auditing.ts"
import { auditedCleanup, auditedWebhooks } from "../../../src/runtime/postgres/auditingAdmins.ts"
import * as PgAuditLog from "../../../src/runtime/postgres/PgAuditLog.ts"
import * as PgWebhooks from "../../../src/runtime/postgres/PgWebhooks.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { HERE } from "../../support/webhookServices.ts"
import { run } from "./asMember.ts"

const inDatabase = databaseTests(idle)

const counts = { rescued: 1, expired: 0, timedOut: 0, removed: 3, scheduled: 0 }

const audited = Layer.mergeAll(
  auditedJobs,
  Layer.provide(auditedWebhooks, PgWebhooks.layer(HERE)),
  Layer.provide(auditedCleanup, Layer.succeed(Cleanup, { run: Effect.succeed(counts) }))
).pipe(Layer.provideMerge(PgAuditLog.layer))

const admin: Caller = { via: "key", subject: "key-1", name: "Ada", role: "admin", organisationId: "default" }

const as = (caller: Caller) => Effect.provideService(CurrentCaller, Option.some(caller))

/** With an empty trail. */
const inTrail = <A, E, R>(body: Effect.Effect<A, E, R>) =>
  Effect.andThen(run("TRUNCATE audit_log, webhooks"), Effect.provide(body, audited))

const trail = run("SELECT action, target, before, after FROM audit_log ORDER BY id")

inDatabase(
  "keeps what admins do with webhooks, and of their addresses only the host",
  inTrail(
    Effect.gen(function* () {
      const webhooks = yield* Webhooks
      const url = "https://hooks.example.com/in?token=hunter2"
      const { id } = yield* as(admin)(webhooks.create({ url, events: ["job.failed"] }))
      yield* as(admin)(webhooks.update(id, { enabled: false }))
      yield* as(admin)(webhooks.rotateSecret(id))
      yield* as(admin)(webhooks.remove(id))

      const [on, off] = [true, false].map((enabled) => ({ host: "hooks.example.com", events: ["job.failed"], enabled }))
      const found = yield* trail
      expect(found).toEqual([
        { action: "webhook-create", target: id, before: null, after: on },
        { action: "webhook-change", target: id, before: on, after: { ...off, changed: ["enabled"] } },
        { action: "webhook-rotate", target: id, before: null, after: null },
        { action: "webhook-remove", target: id, before: off, after: null }
      ])
      expect(JSON.stringify(found)).not.toMatch(/hunter2|whsec_/u)
    })
  )
)

inDatabase(
  "keeps that somebody cleaned up, and what it did",
  inTrail(
    Effect.gen(function* () {
      yield* as(admin)((yield* Cleanup).run)

      expect(yield* trail).toEqual([{ action: "cleanup", target: null, before: null, after: counts }])
    })
  )
)

inDatabase(
  "leaves one entry of a batch that is sent again",
  inTrail(
    Effect.gen(function* () {
      const { createBatch } = yield* Jobs
      const send = as(admin)(createBatch([{ jobType: "idle", input: {} }], { idempotencyKey: "again" }))

      const { batchId } = yield* send
      yield* send

      expect(yield* trail).toMatchObject([{ action: "create", target: batchId }])
    })
  )
)

inDatabase(
  "names the key for which a job works, and that it was the job",
  inTrail(
    Effect.gen(function* () {
      const id = Bun.randomUUIDv7()
      yield* run(`
        INSERT INTO api_keys (id, hash, name, role, organisation_id)
        VALUES ('${id}', sha256('${id}'), 'Imports', 'member', 'default')`)
      const create = Effect.flatMap(Jobs, (jobs) => jobs.create({ jobType: "idle", input: {} }))
      const job: Caller = { via: "job", subject: id, name: id, role: "member", organisationId: "default" }

      yield* as(job)(create)
      yield* as({ ...job, subject: "user-7", name: "user-7" })(create)

      expect(yield* run("SELECT via, subject, name FROM audit_log ORDER BY id")).toEqual([
        { via: "job", subject: id, name: "Imports" },
        { via: "job", subject: "user-7", name: "user-7" }
      ])
    })
  )
)
