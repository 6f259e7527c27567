import { expect } from "bun:test"
import { Effect, Layer, Option } from "effect"
import type { SqlClient } from "effect/sql"
import { type Caller, CurrentCaller } from "../../../src/domain/Caller.ts"
import { Jobs, JobsUnavailable } from "../../../src/domain/Jobs.ts"
import { TeamNotes } from "../../../src/domain/TeamNotes.ts"
import { Cleanup } from "../../../src/domain/Upkeep.ts"
import { Webhooks } from "../../../src/domain/Webhooks.ts"
import { permittedCleanup } from "../../../src/runtime/permittedCleanup.ts"
import { auditedJobs } from "../../../src/runtime/postgres/auditing.ts"
import { auditedCleanup, auditedNotes, auditedWebhooks } from "../../../src/runtime/postgres/auditingAdmins.ts"
import * as PgAuditLog from "../../../src/runtime/postgres/PgAuditLog.ts"
import * as PgTeamNotes from "../../../src/runtime/postgres/PgTeamNotes.ts"
import * as PgWebhooks from "../../../src/runtime/postgres/PgWebhooks.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { HERE } from "../../support/webhookServices.ts"
import { column, run } from "./asMember.ts"

const inDatabase = databaseTests(idle)

const counts = { rescued: 1, expired: 0, timedOut: 0, removed: 3, scheduled: 0 }

const audited = Layer.mergeAll(
  auditedJobs,
  Layer.provide(auditedWebhooks, PgWebhooks.layer(HERE)),
  Layer.provide(auditedNotes, PgTeamNotes.layer),
  Layer.provide(auditedCleanup, Layer.succeed(Cleanup, { run: Effect.succeed(counts) }))
).pipe(Layer.provideMerge(PgAuditLog.layer))

const admin: Caller = { via: "key", subject: "key-1", name: "Ada", role: "admin", organisationId: "default" }

const as = (caller: Caller) => Effect.provideService(CurrentCaller, Option.some(caller))

/** With an empty trail. */
const inTrail = <A, E, R>(body: Effect.Effect<A, E, R>) =>
  Effect.andThen(run("TRUNCATE audit_log, webhooks"), Effect.provide(body, audited))

const actions = column("SELECT action FROM audit_log ORDER BY id")

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
  "keeps one entry of each call that does something with a webhook, and none of what changes nothing",
  inTrail(
    Effect.gen(function* () {
      const webhooks = yield* Webhooks
      const request = { url: "https://hooks.example.com/", events: ["job.failed"] } as const
      const { id } = yield* as(admin)(webhooks.create(request))
      const test = yield* as(admin)(webhooks.test(id))
      yield* run("UPDATE webhook_deliveries SET state = 'failed', ended_at = now()")
      yield* run("TRUNCATE audit_log")
      const calls = {
        create: webhooks.create(request),
        update: webhooks.update(id, { description: "night" }),
        rotateSecret: webhooks.rotateSecret(id),
        test: webhooks.test(id),
        sendAgain: webhooks.sendAgain(id, test.id),
        remove: webhooks.remove(id)
      }
      const reading = ["list", "get", "deliveries"]

      expect(Object.keys(webhooks).toSorted()).toEqual([...Object.keys(calls), ...reading].toSorted())
      yield* as(admin)(Effect.all(calls, { discard: true }))
      expect(yield* actions).toEqual(
        ["create", "change", "rotate", "change", "change", "remove"].map((action) => `webhook-${action}`)
      )
      const kept = yield* column(
        "SELECT after - 'test' - 'sentAgain' = '{}' FROM audit_log WHERE before IS NULL AND after ?| '{test,sentAgain}'"
      )
      expect(kept).toEqual([true, true])
    })
  )
)

inDatabase(
  "keeps no entry of a delivery that is on its way already",
  inTrail(
    Effect.gen(function* () {
      const webhooks = yield* Webhooks
      const { id } = yield* webhooks.create({ url: "https://hooks.example.com/", events: ["job.failed"] })
      const { id: deliveryId } = yield* webhooks.test(id)

      yield* as(admin)(webhooks.sendAgain(id, deliveryId))

      expect(yield* actions).toEqual([])
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

const cleanUpBy = (run: typeof Cleanup.Service.run) =>
  Effect.flatMap(Cleanup, (cleanup) => cleanup.run).pipe(
    Effect.provide(
      permittedCleanup.pipe(
        Layer.provide(Layer.fresh(auditedCleanup)),
        Layer.provide(Layer.succeed(Cleanup, { run })),
        Layer.fresh
      )
    )
  )

inDatabase(
  "writes the entry of a clean-up before anything is changed, so that one that breaks off has it too",
  inTrail(
    Effect.gen(function* () {
      const services = yield* Effect.context<SqlClient.SqlClient>()
      const seen: Array<unknown> = []
      const breaksOff = Effect.provideContext(Effect.orDie(actions), services).pipe(
        Effect.tap((found) => Effect.sync(() => seen.push(found))),
        Effect.andThen(new JobsUnavailable({ operation: "cleanup", cause: "gone" }))
      )

      const failed = yield* Effect.flip(as(admin)(cleanUpBy(breaksOff)))

      expect([failed._tag, seen]).toEqual(["JobsUnavailable", [["cleanup"]]])
      expect(yield* trail).toEqual([{ action: "cleanup", target: null, before: null, after: null }])
    })
  )
)

inDatabase(
  "changes nothing when the entry of a clean-up cannot be kept, and keeps none of one that is refused",
  inTrail(
    Effect.gen(function* () {
      let rounds = 0
      const counted = Effect.sync(() => {
        rounds += 1
        return counts
      })
      const north = { ...admin, organisationId: "north" }
      yield* run("ALTER TABLE audit_log ADD CONSTRAINT no_room CHECK (false) NOT VALID")

      const failed = yield* Effect.flip(as(admin)(cleanUpBy(counted))).pipe(
        Effect.ensuring(Effect.orDie(run("ALTER TABLE audit_log DROP CONSTRAINT no_room")))
      )
      const refused = yield* Effect.flip(as(north)(cleanUpBy(counted)))

      expect([failed._tag, refused._tag, rounds]).toEqual(["JobsUnavailable", "NotAllowed", 0])
      expect(yield* trail).toEqual([])
    })
  )
)

inDatabase(
  "keeps who changed a note and about what, never its text, and nothing of one that was refused",
  inTrail(
    Effect.gen(function* () {
      const { history, write } = yield* TeamNotes
      const roma = { about: "restaurant", subject: `roma-${Bun.randomUUIDv7()}` } as const
      const target = `restaurant ${roma.subject}`

      yield* as(admin)(write(roma, { after: 0, text: "Call hunter2 first" }))
      yield* Effect.flip(as(admin)(write(roma, { after: 0, text: "Too late" })))
      yield* as(admin)(write(roma, { after: 1, text: "" }))

      expect(yield* trail).toEqual([
        { action: "note", target, before: null, after: { number: 1 } },
        { action: "note", target, before: { number: 1 }, after: { number: 2, empty: true } }
      ])
      expect((yield* history(roma)).map(({ number }) => number)).toEqual([2, 1])
    })
  )
)

inDatabase(
  "keeps no note whose entry cannot be kept",
  inTrail(
    Effect.gen(function* () {
      const { history, write } = yield* TeamNotes
      const kind = { about: "failure", subject: Bun.randomUUIDv7() } as const
      yield* run("ALTER TABLE audit_log ADD CONSTRAINT no_room CHECK (false) NOT VALID")

      const failed = yield* Effect.flip(as(admin)(write(kind, { after: 0, text: "A note" }))).pipe(
        Effect.ensuring(Effect.orDie(run("ALTER TABLE audit_log DROP CONSTRAINT no_room")))
      )

      expect(failed._tag).toBe("JobsUnavailable")
      expect(yield* history(kind)).toEqual([])
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
