import { afterAll, expect } from "bun:test"
import { DateTime, Duration, Effect, Exit, Layer, Logger, ManagedRuntime, Redacted, References, Scope } from "effect"
import { SqlClient } from "effect/sql"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { Steps } from "../../../src/domain/Steps.ts"
import { FailureMailer, failureMailJobType, layer, MAIL_TYPE } from "../../../src/runtime/mail/FailureMailer.ts"
import { nextMailAt } from "../../../src/runtime/postgres/FailureMails.ts"
import * as PgJobQueue from "../../../src/runtime/postgres/PgJobQueue.ts"
import * as PgJobs from "../../../src/runtime/postgres/PgJobs.ts"
import { SecretBox } from "../../../src/runtime/SecretBox.ts"
import { it } from "../../support/effect.ts"
import { emptyTables } from "../../support/emptyTables.ts"
import { type MailServerOptions, mailServer, textPart } from "../../support/MailServer.ts"
import { idle, typesLayer } from "../../support/scripts.ts"
import { TestDatabase } from "../../support/TestDatabase.ts"
import { add, claim, fail, firstClaim } from "../postgres/builders.ts"

const scope = Scope.makeUnsafe()
const server: { refusal: string | undefined; stranger: string | undefined } = {
  refusal: undefined,
  stranger: undefined
}
const options: MailServerOptions = {
  password: "p@ss word",
  refuses: () => server.refusal,
  refusesReader: (address) => address === server.stranger
}
const { mails, smtpUrl } = await Effect.runPromise(Scope.provide(mailServer(options), scope))

const lines: Array<string> = []
const logger = Logger.make<unknown, void>(({ fiber, message }) => {
  lines.push(JSON.stringify([message, fiber.getRef(References.CurrentLogAnnotations)]))
})

const queue = PgJobQueue.layer({
  worker: { name: "worker-a", bootId: Bun.randomUUIDv7() },
  leaseTime: Duration.seconds(30),
  places: { default: 8, system: 16 }
})
const settings = {
  smtpUrl,
  from: "Callboard <callboard@example.com>",
  to: "ops@example.com, team@example.com",
  publicUrl: "https://board.example.com/",
  every: Duration.minutes(15)
}
const runtime = ManagedRuntime.make(
  Layer.merge(Layer.provide(layer(settings), Logger.layer([logger])), queue).pipe(
    Layer.provideMerge(PgJobs.layer),
    Layer.provideMerge(
      Layer.mergeAll(
        TestDatabase.layer,
        typesLayer(idle, failureMailJobType(Effect.never)),
        SecretBox.layer(Redacted.make(Buffer.alloc(32, 7).toString("base64")))
      )
    )
  )
)
afterAll(() => runtime.dispose().then(() => Effect.runPromise(Scope.close(scope, Exit.void))))

const empty = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  mails.length = 0
  lines.length = 0
  server.refusal = undefined
  server.stranger = undefined
  yield* emptyTables("script_jobs", "job_queue", "job_leases", "failures_to_mail")
  yield* sql`UPDATE failure_mail SET wanted_until = '-infinity', last_at = NULL, job_id = NULL`
})

const inDatabase = <A, E>(
  name: string,
  body: Effect.Effect<A, E, ManagedRuntime.ManagedRuntime.Services<typeof runtime>>
) => it.live(name, () => Effect.promise(() => runtime.runPromise(Effect.andThen(empty, body))))

/** Steps of a job whose outputs are kept from one attempt to the next. */
const keptSteps = () => {
  const kept = new Map<string, unknown>()
  return Layer.mock(Steps, {
    attempt: 1,
    run: (name, _output, work) =>
      Effect.suspend(() =>
        kept.has(name)
          ? Effect.succeed(kept.get(name) as never)
          : Effect.tap(work, (value) => Effect.sync(() => kept.set(name, value)))
      )
  })
}

const mailJobs = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<{ runAt: Date }>`SELECT run_at FROM script_jobs WHERE job_type = ${MAIL_TYPE} ORDER BY id`
)

const failMany = (count: number, message: (n: number) => string) =>
  Effect.gen(function* () {
    yield* (yield* Jobs).createBatch(Array.from({ length: count }, () => ({ jobType: "idle", input: {} })))
    const claims = yield* claim(count)
    const error = (n: number) => ({ code: "NETWORK_ERROR", message: message(n), retryable: true }) as const
    yield* Effect.forEach(claims, (each, n) => fail(each, error(n)), { concurrency: "unbounded", discard: true })
  })

inDatabase(
  "sends 200 failures as one mail that groups them",
  Effect.gen(function* () {
    const mailer = yield* FailureMailer
    yield* mailer.want
    yield* failMany(200, (n) => (n < 150 ? `Item ${n} of menu ${n} is not there` : "The portal is away"))

    yield* mailer.plan
    yield* mailer.plan
    expect(yield* mailJobs).toHaveLength(1)
    expect(yield* mailer.send.pipe(Effect.provide(keptSteps()))).toBe(200)

    expect(mails).toHaveLength(1)
    expect(mails[0]).toMatchObject({ from: "callboard@example.com", to: ["ops@example.com", "team@example.com"] })
    const text = textPart(mails[0]!)
    expect(text).toStartWith("200 jobs failed since the last mail.")
    expect(text).toMatch(/150 × Scripted\n {2}Item \d+ of menu \d+ is not there \(NETWORK_ERROR\)/u)
    expect(text).toContain("50 × Scripted\n  The portal is away (NETWORK_ERROR)")
    expect(mails[0]!.raw).toContain("Auto-Submitted: auto-generated")
    // Nothing is left to tell.
    expect(yield* mailer.send.pipe(Effect.provide(keptSteps()))).toBe(0)
    expect(mails).toHaveLength(1)
  })
)

inDatabase(
  "plans the first mail within a minute, and the next one no sooner than it may be",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const mailer = yield* FailureMailer
    yield* mailer.want
    yield* failMany(1, () => "gone")
    yield* mailer.plan
    const [first] = yield* mailJobs
    const mailJob = yield* waitingMail
    yield* mailer.send.pipe(Effect.provide(keptSteps()))
    yield* sql`UPDATE script_jobs SET status = 'cancelled' WHERE id = ${mailJob}::uuid`
    yield* mailer.plan
    expect(yield* mailJobs).toHaveLength(1)

    yield* failMany(1, () => "gone again")
    yield* mailer.plan

    const [, second] = yield* mailJobs
    const wait = (job: { runAt: Date } | undefined) => (job!.runAt.getTime() - Date.now()) / 60_000
    expect(wait(first)).toBeLessThan(1)
    expect(wait(second)).toBeGreaterThan(13)
    expect(wait(second)).toBeLessThan(15.5)
  })
)

/** The mail job that waits for its time. */
const waitingMail = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  Effect.map(
    sql<{ id: string }>`SELECT id FROM script_jobs WHERE job_type = ${MAIL_TYPE} AND status = 'pending'`,
    ([row]) => row!.id
  )
)

inDatabase(
  "keeps failures for the next try when the server takes no mail, and says it again under the same id after a crash",
  Effect.gen(function* () {
    const mailer = yield* FailureMailer
    yield* mailer.want
    yield* failMany(2, () => "gone")
    const steps = keptSteps()
    server.refusal = "mailbox of ops@example.com is full"

    const refused = yield* Effect.flip(mailer.send.pipe(Effect.provide(steps)))
    expect(refused).toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      message: "The mail server did not take the mail (450)."
    })
    yield* failMany(1, () => "later")
    server.refusal = undefined
    expect(yield* mailer.send.pipe(Effect.provide(steps))).toBe(2)
    expect(textPart(mails[0]!)).not.toContain("later")

    // The job was given up: what its mail was to tell of is told by the next one.
    server.refusal = "away"
    yield* Effect.flip(mailer.send.pipe(Effect.provide(keptSteps())))
    server.refusal = undefined
    yield* mailer.plan
    expect(yield* mailer.send.pipe(Effect.provide(keptSteps()))).toBe(1)
    const ids = mails.map(({ raw }) => /^Message-ID: (.*)$/imu.exec(raw)?.[1])
    expect(new Set(ids).size).toBe(2)
  })
)

inDatabase(
  "says in the log of the process that a mail did not go out, or not to everybody, without an address",
  Effect.gen(function* () {
    const mailer = yield* FailureMailer
    // The log of the job, which nobody reads.
    const send = mailer.send.pipe(
      Effect.provide(keptSteps()),
      Effect.provideService(Logger.CurrentLoggers, new Set<Logger.Logger<unknown, unknown>>())
    )
    yield* mailer.want
    yield* failMany(1, () => "gone")

    server.refusal = "mailbox of ops@example.com is full"
    yield* Effect.flip(send)
    expect(lines.splice(0)).toEqual([
      expect.stringMatching(/a mail about failures could not be sent\..*"code":"EMESSAGE","responseCode":450/u)
    ])

    server.refusal = undefined
    server.stranger = "team@example.com"
    expect(yield* send).toBe(1)
    expect(mails.map(({ to }) => to)).toEqual([["ops@example.com"]])
    expect(lines).toEqual([expect.stringMatching(/refused some addresses.*"refused":1/u)])
    expect(lines.join()).not.toContain("@")
  })
)

inDatabase(
  "keeps nothing while nobody wants mails, and never tells of its own jobs",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const mailer = yield* FailureMailer
    yield* add()
    yield* fail(yield* firstClaim)
    expect(yield* sql`SELECT FROM failures_to_mail`).toHaveLength(0)

    yield* mailer.want
    yield* (yield* Jobs).create({ jobType: MAIL_TYPE, input: {} })
    yield* sql`
      UPDATE script_jobs SET status = 'failed', error_code = 'EXPIRED', error_retryable = false, error_message = 'x'
      WHERE job_type = ${MAIL_TYPE}`

    expect(yield* sql`SELECT FROM failures_to_mail`).toHaveLength(0)
  })
)

it.effect("waits for company at first, and then for its turn", () =>
  Effect.sync(() => {
    const now = DateTime.makeUnsafe("2026-11-22T07:00:00Z")
    const at = (last: string | undefined) =>
      DateTime.formatIso(
        nextMailAt(now, last === undefined ? undefined : DateTime.makeUnsafe(last), Duration.minutes(15))
      )

    expect(at(undefined)).toBe("2026-11-22T07:00:45.000Z")
    expect(at("2026-11-22T06:50:00Z")).toBe("2026-11-22T07:05:00.000Z")
    expect(at("2026-11-22T03:00:00Z")).toBe("2026-11-22T07:00:45.000Z")
  })
)
