/** Idempotency keys of several organisations, seen by two processes on one database. */
import { afterAll, expect } from "bun:test"
import { PgClient } from "@effect/sql-pg"
import { Duration, Effect, Fiber, Layer, ManagedRuntime, Option } from "effect"
import { type Caller, CurrentCaller } from "../../../src/domain/Caller.ts"
import { JobSchedules } from "../../../src/domain/JobSchedules.ts"
import { type CreateJob, Jobs } from "../../../src/domain/Jobs.ts"
import { Upkeep } from "../../../src/domain/Upkeep.ts"
import { callerServices } from "../../support/CallerServices.ts"
import { it } from "../../support/effect.ts"
import { TestDatabase } from "../../support/TestDatabase.ts"
import { column, run } from "./asMember.ts"
import { beginByHand } from "./byHand.ts"

const one = ManagedRuntime.make(callerServices.pipe(Layer.provideMerge(TestDatabase.layer)))
const config = await one.runPromise(Effect.map(PgClient.PgClient, (pg) => pg.config))
const two = ManagedRuntime.make(callerServices.pipe(Layer.provideMerge(PgClient.layer(config))))
afterAll(async () => {
  await two.dispose()
  await one.dispose()
})

const inBoth = (
  name: string,
  body: Effect.Effect<unknown, unknown, ManagedRuntime.ManagedRuntime.Services<typeof one>>
) =>
  it.live(name, () =>
    Effect.promise(() => one.runPromise(Effect.andThen(run("TRUNCATE script_jobs, job_schedules CASCADE"), body)))
  )

const as = (organisationId: string, subject = "ann", role: Caller["role"] = "member") =>
  Effect.provideService(
    CurrentCaller,
    Option.some<Caller>({ via: "key", subject, name: subject, role, organisationId })
  )

const request: CreateJob = { jobType: "idle", input: {} }

const create = (key: string, rest: Partial<CreateJob> = {}) =>
  Effect.flatMap(Jobs, (jobs) => jobs.create({ ...request, ...rest }, { idempotencyKey: key }))

const jobs = column("SELECT organisation_id FROM script_jobs ORDER BY 1")

inBoth(
  "makes one job, however many requests with one key come to two processes at once",
  Effect.gen(function* () {
    const inTwo = Effect.promise(() => two.runPromise(as("north", "bob")(create("k"))))
    const both = [as("north")(create("k")), inTwo]

    const made = yield* Effect.all(
      Array.from({ length: 20 }, (_, n) => both[n % 2]!),
      { concurrency: "unbounded" }
    )

    expect(new Set(made.map(({ job }) => job.id)).size).toBe(1)
    expect(made.filter(({ replayed }) => !replayed)).toHaveLength(1)
    expect(yield* jobs).toEqual(["north"])
  })
)

inBoth(
  "keeps the keys of two organisations apart, also for Callboard itself",
  Effect.gen(function* () {
    const north = yield* as("north")(create("k"))
    const south = yield* as("south")(create("k", { priority: 3 }))
    const own = yield* create("k", { priority: 4 })
    const again = yield* as("south")(create("k", { priority: 3 }))
    const other = yield* Effect.flip(as("north")(create("k", { priority: 3 })))

    expect([north.replayed, south.replayed, own.replayed, again.replayed]).toEqual([false, false, false, true])
    expect(again.job.id).toBe(south.job.id)
    expect(other._tag).toBe("IdempotencyMismatch")
    expect(yield* jobs).toEqual(["default", "north", "south"])
  })
)

inBoth(
  "replays for 24 hours, and takes the key for a new request after that",
  Effect.gen(function* () {
    const age = (by: string) => run(`UPDATE idempotency_keys SET created_at = created_at - interval '${by}'`)
    const first = yield* as("north")(create("k"))
    yield* age("23 hours 59 minutes")
    const within = yield* as("north")(create("k"))
    yield* age("2 minutes")
    const after = yield* as("north")(create("k", { priority: 1 }))
    const again = yield* as("north")(create("k", { priority: 1 }))

    expect([within.job.id, within.replayed]).toEqual([first.job.id, true])
    expect([after.replayed, again.replayed]).toEqual([false, true])
    expect(again.job.id).toBe(after.job.id)
  })
)

inBoth(
  "lets the janitor forget keys that are older than a day, and keep the jobs",
  Effect.gen(function* () {
    yield* as("north")(create("old"))
    yield* run("UPDATE idempotency_keys SET created_at = created_at - interval '24 hours 1 minute'")
    yield* as("north")(create("young"))

    yield* Effect.flatMap(Upkeep, (upkeep) => upkeep.removeOld(Duration.days(30)))

    expect(yield* column("SELECT key FROM idempotency_keys")).toEqual(["young"])
    expect(yield* jobs).toEqual(["north", "north"])
  })
)

inBoth(
  "keeps a key as long as the job that it is kept with, in its organisation, apart from keys of callers",
  Effect.gen(function* () {
    const { create: make, madeWith } = yield* Jobs
    const inNorth = as("north", "ann")
    const check = yield* inNorth(make(request))
    const options = { idempotencyKey: "import", keptWith: check.job.id }
    const first = yield* inNorth(make(request, options))

    yield* run("DELETE FROM idempotency_keys")
    yield* Effect.flatMap(Upkeep, (upkeep) => upkeep.removeOld(Duration.days(30)))
    const later = yield* Effect.all([inNorth(make(request, options)), inNorth(make(request, options))], {
      concurrency: "unbounded"
    })
    const ofCaller = yield* inNorth(create("import"))
    const foreign = yield* Effect.flip(as("south")(make(request, options)))

    expect(later.map(({ job, replayed }) => [job.id, replayed])).toEqual(Array(2).fill([first.job.id, true]))
    expect(Option.map(yield* inNorth(madeWith("import")), ({ id }) => id)).toEqual(Option.some(first.job.id))
    expect(ofCaller.job.id).not.toBe(first.job.id)
    expect(foreign._tag).toBe("NotAllowed")
    expect(Option.isNone(yield* as("south")(madeWith("import")))).toBe(true)
    expect((yield* Effect.flip(as("north", "vic", "viewer")(madeWith("import"))))._tag).toBe("NotAllowed")
    yield* run(`DELETE FROM script_jobs WHERE id = '${first.job.id}'`)
    expect(Option.isNone(yield* inNorth(madeWith("import")))).toBe(true)
    expect((yield* inNorth(make(request, options))).replayed).toBe(false)
    yield* run(`DELETE FROM script_jobs WHERE id = '${check.job.id}'`)
    expect(yield* column("SELECT key FROM lasting_keys")).toEqual([])
  })
)

const schedule = (key: string, name = "Nightly") =>
  Effect.flatMap(JobSchedules, ({ createOnce }) =>
    createOnce({ name, cron: "0 3 * * *", jobType: "idle", input: {} }, { idempotencyKey: key })
  )

const asAdmin = (organisationId: string) => as(organisationId, "ada", "admin")

const schedules = column("SELECT name FROM job_schedules ORDER BY 1")

inBoth(
  "makes one schedule, however many requests with one key come to two processes at once",
  Effect.gen(function* () {
    const inTwo = Effect.promise(() => two.runPromise(asAdmin("north")(schedule("k"))))

    const made = yield* Effect.all([asAdmin("north")(schedule("k")), inTwo, asAdmin("north")(schedule("k")), inTwo], {
      concurrency: "unbounded"
    })

    expect(new Set(made.map((each) => each.schedule.id)).size).toBe(1)
    expect(made.filter(({ replayed }) => !replayed)).toHaveLength(1)
    expect(yield* schedules).toEqual(["Nightly"])
  })
)

inBoth(
  "binds a key to one schedule or job, until it is a day old or that is gone",
  Effect.gen(function* () {
    const refused = <A, E extends { readonly _tag: string }, R>(work: Effect.Effect<A, E, R>) =>
      Effect.map(Effect.flip(asAdmin("north")(work)), ({ _tag }) => _tag)
    const first = yield* asAdmin("north")(schedule("k"))

    expect(yield* refused(schedule("k", "Weekly"))).toBe("IdempotencyMismatch")
    expect(yield* refused(create("k"))).toBe("IdempotencyMismatch")
    expect((yield* asAdmin("south")(schedule("k", "South"))).replayed).toBe(false)
    expect((yield* schedule("k", "Own")).replayed).toBe(false)
    expect((yield* schedule("k", "Own")).replayed).toBe(true)

    yield* run("UPDATE idempotency_keys SET created_at = created_at - interval '24 hours 1 minute'")
    expect((yield* asAdmin("north")(create("k"))).replayed).toBe(false)
    expect(yield* refused(schedule("k"))).toBe("IdempotencyMismatch")
    yield* run("UPDATE idempotency_keys SET created_at = created_at - interval '24 hours 1 minute'")
    const weekly = yield* asAdmin("north")(schedule("k", "Weekly"))
    yield* asAdmin("north")(Effect.flatMap(JobSchedules, ({ remove }) => remove(weekly.schedule.id)))
    const anew = yield* asAdmin("north")(schedule("k", "Weekly"))

    expect([anew.replayed, anew.schedule.id === weekly.schedule.id]).toEqual([false, false])
    expect(anew.schedule.id).not.toBe(first.schedule.id)
    expect(yield* schedules).toEqual(["Nightly", "Own", "South", "Weekly"])
  })
)

/** Removes everything of a table once somebody who has found their key waits to read what it made. */
const removedWhileReplayed = <A, E, R>(table: string, work: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const remover = yield* beginByHand
    yield* remover.run(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`)
    const asking = yield* Effect.forkChild(work)
    const waiting = run(`SELECT FROM pg_locks WHERE relation = '${table}'::regclass AND NOT granted`)
    while ((yield* waiting).length === 0) expect(asking.pollUnsafe()).toBeUndefined()
    yield* remover.run(`DELETE FROM ${table}`)
    yield* remover.commit
    return yield* Fiber.join(asking)
  }).pipe(Effect.scoped)

inBoth(
  "makes anew what was removed between the look at the key and the look at what it made",
  Effect.gen(function* () {
    const [job, nightly] = [as("north")(create("k")), asAdmin("north")(schedule("s"))]
    const [firstJob, firstNightly] = [yield* job, yield* nightly]

    const secondJob = yield* removedWhileReplayed("script_jobs", job)
    const secondNightly = yield* removedWhileReplayed("job_schedules", nightly)

    expect([secondJob.replayed, secondNightly.replayed]).toEqual([false, false])
    expect(secondJob.job.id).not.toBe(firstJob.job.id)
    expect(secondNightly.schedule.id).not.toBe(firstNightly.schedule.id)
    expect([yield* jobs, yield* schedules]).toEqual([["north"], ["Nightly"]])
  })
)

inBoth(
  "makes no schedule of a member's key, and leaves the key free when a schedule is refused",
  Effect.gen(function* () {
    yield* asAdmin("north")(schedule("first"))
    const forbidden = yield* Effect.flip(as("north")(schedule("k")))
    const taken = yield* Effect.flip(asAdmin("north")(schedule("k")))

    expect([forbidden._tag, taken._tag]).toEqual(["NotAllowed", "ScheduleNameTaken"])
    expect((yield* asAdmin("north")(schedule("k", "Weekly"))).replayed).toBe(false)
  })
)

inBoth(
  "writes jobs that come together in the name of each who asked",
  Effect.gen(function* () {
    const callers = Array.from({ length: 30 }, (_, n) => [`org-${n % 3}`, `person-${n % 5}`] as const)

    const made = yield* Effect.forEach(
      callers,
      ([organisation, person]) =>
        as(organisation, person)(Effect.flatMap(Jobs, (jobs) => jobs.create(request, { createdBy: "mallory" }))),
      { concurrency: "unbounded" }
    )

    expect(made.map(({ job }) => [job.organisationId, job.createdBy])).toEqual(callers.map((who) => [...who]))
  })
)

inBoth(
  "refuses one caller of several that come together, and writes the jobs of the others",
  Effect.gen(function* () {
    const viewer: Caller = { via: "key", subject: "vera", name: "Vera", role: "viewer", organisationId: "north" }
    const look = Effect.flatMap(Jobs, (jobs) => jobs.create(request))

    const ends = yield* Effect.all(
      [
        Effect.exit(as("north")(look)),
        Effect.exit(Effect.provideService(look, CurrentCaller, Option.some(viewer))),
        Effect.exit(as("south")(look))
      ],
      { concurrency: "unbounded" }
    )

    expect(ends.map(({ _tag }) => _tag)).toEqual(["Success", "Failure", "Success"])
    expect(yield* jobs).toEqual(["north", "south"])
  })
)
