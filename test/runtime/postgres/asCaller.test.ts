/**
 * Each call of a caller runs as the role of members: also on a connection whose own user may do nothing at all, not even
 * look at a table. Whatever forgot to become the caller is refused there.
 */
import { afterAll, expect } from "bun:test"
import { PgClient } from "@effect/sql-pg"
import { Effect, Layer, ManagedRuntime, Option, Result, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { Artifacts } from "../../../src/domain/Artifacts.ts"
import { type Caller, CurrentCaller } from "../../../src/domain/Caller.ts"
import { JobId } from "../../../src/domain/JobId.ts"
import { type JobPage, JobReports } from "../../../src/domain/JobReports.ts"
import { ScheduleId } from "../../../src/domain/JobSchedule.ts"
import { JobSchedules } from "../../../src/domain/JobSchedules.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { Lanes } from "../../../src/domain/Lanes.ts"
import { LiveView } from "../../../src/domain/LiveView.ts"
import { StepEvidences } from "../../../src/domain/StepEvidence.ts"
import { forCallers, makeCallers } from "../../../src/runtime/postgres/asCaller.ts"
import { clientOptions } from "../../../src/runtime/postgres/PgDatabase.ts"
import { callerServices } from "../../support/CallerServices.ts"
import { it } from "../../support/effect.ts"
import { TestDatabase } from "../../support/TestDatabase.ts"
import { make } from "../../support/things.ts"
import { run } from "./asMember.ts"

const owner = ManagedRuntime.make(TestDatabase.layer)

/** May become the role of members, and nothing else. */
const powerless = Layer.unwrap(
  Effect.promise(() =>
    owner.runPromise(
      Effect.gen(function* () {
        yield* run(`
          DO $$ BEGIN CREATE ROLE powerless LOGIN NOINHERIT; EXCEPTION WHEN duplicate_object THEN NULL; END $$`)
        yield* run("GRANT callboard_member TO powerless")
        // They do nothing but become a caller, and then what members may.
        yield* run(`GRANT EXECUTE ON FUNCTION become_caller, show_job_as, newest_jobs_as, waiting_reasons_as,
          open_prompts_as, create_jobs_as, create_plain_jobs_as TO powerless`)
        const { host, port, database } = (yield* PgClient.PgClient).config
        return PgClient.layer(clientOptions({ host: host!, port: port!, database: database!, username: "powerless" }))
      })
    )
  )
)

const runtime = ManagedRuntime.make(callerServices.pipe(Layer.provideMerge(powerless)))
afterAll(async () => {
  await runtime.dispose()
  await owner.dispose()
})

const service: Caller = { via: "key", subject: "ann", name: "Ann", role: "service", organisationId: "north" }
const asCaller = Effect.provideService(CurrentCaller, Option.some(service))

type Services = ManagedRuntime.ManagedRuntime.Services<typeof runtime>

/** What is Callboard's own, and never runs for a caller. */
interface Own {
  readonly jobs: "applyToMany"
  readonly schedules: "fireDue" | "bringForward"
  readonly artifacts: "put" | "remove" | "sweep"
  readonly evidence: "keep"
}

type Checks<S, Besides = never> = Record<Exclude<keyof S, Besides>, Effect.Effect<unknown, unknown, Services>>

const made = (thing: Parameters<typeof make>[0]) => Effect.promise(() => owner.runPromise(make(thing, "north", "ann")))
const jobIn = (thing: Parameters<typeof make>[0]) => Effect.map(made(thing), ({ id }) => JobId.make(id))
const scheduled = Effect.map(made("a schedule"), ({ id }) => ScheduleId.make(id))

const request = { jobType: "idle", input: {} }
const waiting = "their own waiting job"

// A method that is not in here does not type-check.
const jobs: Checks<typeof Jobs.Service, Own["jobs"]> = {
  create: Effect.gen(function* () {
    const { create } = yield* Jobs
    const { job } = yield* create(request)
    yield* create({ ...request, dependsOn: [job.id], dedupeKey: "d" }, { idempotencyKey: "k" })
    const again = yield* create({ ...request, dependsOn: [job.id], dedupeKey: "d" }, { idempotencyKey: "k" })
    const same = yield* create({ ...request, dedupeKey: "d" })
    expect([again.replayed, same.deduplicated]).toEqual([true, true])
    expect(job).toMatchObject({ createdBy: "ann", organisationId: "north" })
  }),
  createBatch: Effect.gen(function* () {
    const { createBatch } = yield* Jobs
    yield* createBatch([request, { ...request, dedupeKey: "e" }], { idempotencyKey: "b" })
    const refused = yield* Effect.flip(createBatch([{ ...request, dedupeKey: "e" }]))
    expect(refused._tag).toBe("BatchRefused")
    return yield* createBatch([request])
  }),
  madeWith: Effect.gen(function* () {
    const { create, createBatch, madeWith } = yield* Jobs
    const keptWith = (yield* create(request)).job.id
    const { job } = yield* create(request, { idempotencyKey: "lasting", keptWith })
    const batch = { idempotencyKey: "lasting batch", keptWith }
    const replayed = [yield* createBatch([request], batch), yield* createBatch([request], batch)]
    expect(replayed.map((each) => each.replayed)).toEqual([false, true])
    expect(Option.getOrThrow(yield* madeWith("lasting")).id).toBe(job.id)
  }),
  get: Effect.flatMap(jobIn("a job that asks"), (id) => Effect.flatMap(Jobs, ({ get }) => get(id))).pipe(
    Effect.tap((job) =>
      Effect.sync(() => expect([job.waitingFor?.[0]?.code, job.prompt?.label]).toEqual(["needs_input", "The code"]))
    )
  ),
  cancel: Effect.flatMap(jobIn(waiting), (id) => Effect.flatMap(Jobs, ({ cancel }) => cancel(id))),
  retry: Effect.flatMap(jobIn("a failed job"), (id) =>
    Effect.flatMap(Jobs, ({ retry }) => retry(id, { from: "second", input: { restaurantId: "r" } }))
  ),
  answer: Effect.flatMap(made("a job that asks"), ({ id, more }) =>
    Effect.flatMap(Jobs, ({ answer }) => answer(JobId.make(id), { promptId: more, value: "123456" }))
  ),
  remove: Effect.flatMap(jobIn("a failed job"), (id) => Effect.flatMap(Jobs, ({ remove }) => remove(id)))
}

const reports: Checks<typeof JobReports.Service> = {
  list: Effect.flatMap(JobReports, ({ list }) =>
    Effect.andThen(
      list({}, { limit: 10 }),
      Effect.forEach(["pending", "in_progress", "needs_input", "failed"] as const, (status) =>
        Effect.andThen(
          list({ status: [status], q: "idle" }, { limit: 10 }),
          list({ status: [status], q: "idle" }, { limit: 10, glance: true })
        )
      )
    )
  ),
  listed: Effect.flatMap(JobReports, ({ listed }) => Effect.andThen(listed({}, 10), listed({ q: "idle" }, 10))),
  byIds: Effect.flatMap(jobIn(waiting), (id) => Effect.flatMap(JobReports, ({ byIds }) => byIds([id]))),
  history: Effect.flatMap(jobIn("a job that asks"), (id) => Effect.flatMap(JobReports, ({ history }) => history(id))),
  logs: Effect.flatMap(jobIn("a failed job"), (id) =>
    Effect.flatMap(JobReports, ({ logs }) => logs(id, { limit: 5, after: 0 }))
  ),
  checkpoints: Effect.flatMap(jobIn("a failed job"), (id) =>
    Effect.flatMap(JobReports, ({ checkpoints }) => checkpoints(id))
  ),
  counts: Effect.flatMap(JobReports, ({ counts }) => counts({ jobType: "idle" })),
  batch: Effect.flatMap(made("a batch"), ({ id }) => Effect.flatMap(JobReports, ({ batch }) => batch(id))),
  failures: Effect.flatMap(JobReports, ({ failures }) => failures),
  nowMs: Effect.flatMap(JobReports, ({ nowMs }) => nowMs)
}

const lanes: Checks<typeof Lanes.Service> = {
  list: Effect.flatMap(Lanes, ({ list }) => list),
  pause: Effect.flatMap(Lanes, ({ pause }) => pause("default", { reason: "because" })).pipe(
    Effect.tap(({ paused }) => Effect.sync(() => expect(paused).toMatchObject({ by: "Ann", reason: "because" })))
  ),
  resume: Effect.flatMap(Lanes, ({ resume }) => resume("default")),
  pauseType: Effect.flatMap(Lanes, ({ pauseType }) => pauseType("idle", {})),
  resumeType: Effect.flatMap(Lanes, ({ resumeType }) => resumeType("idle")),
  pausedTypes: Effect.flatMap(Lanes, ({ pausedTypes }) => pausedTypes)
}

const cron = { name: "at night", cron: "0 3 * * *", jobType: "idle", input: {} }

const schedules: Checks<typeof JobSchedules.Service, Own["schedules"] | "runNow"> = {
  create: Effect.flatMap(JobSchedules, ({ create }) => create(cron)).pipe(
    Effect.tap((made) => Effect.sync(() => expect(made).toMatchObject({ createdBy: "ann", organisationId: "north" })))
  ),
  createOnce: Effect.flatMap(JobSchedules, ({ createOnce }) =>
    createOnce({ ...cron, name: "every night" }, { idempotencyKey: "night" })
  ).pipe(
    Effect.tap(({ schedule }) =>
      Effect.sync(() => expect(schedule).toMatchObject({ createdBy: "ann", organisationId: "north" }))
    )
  ),
  list: Effect.flatMap(JobSchedules, ({ list }) => list({ limit: 5 })),
  get: Effect.flatMap(scheduled, (id) => Effect.flatMap(JobSchedules, ({ get }) => get(id))),
  update: Effect.flatMap(scheduled, (id) =>
    Effect.flatMap(JobSchedules, ({ update }) => update(id, { cron: "0 4 * * *" }))
  ),
  remove: Effect.flatMap(scheduled, (id) => Effect.flatMap(JobSchedules, ({ remove }) => remove(id)))
}

const artifacts: Checks<typeof Artifacts.Service, Own["artifacts"] | "find"> = {
  list: Effect.flatMap(jobIn("a file"), (id) => Effect.flatMap(Artifacts, ({ list }) => list(id)))
}

const evidence: Checks<typeof StepEvidences.Service, Own["evidence"]> = {
  list: Effect.flatMap(jobIn("a file"), (id) => Effect.flatMap(StepEvidences, ({ list }) => list(id)))
}

const all = { jobs, reports, lanes, schedules, artifacts, evidence }

for (const [name, checks] of Object.entries(all)) {
  for (const [method, check] of Object.entries<Effect.Effect<unknown, unknown, Services>>(checks)) {
    it.live(`runs as its caller, and as nobody else: ${name}.${method}`, () =>
      Effect.promise(() => runtime.runPromise(asCaller(check)))
    )
  }
}

it.live("needs its caller to be let in at all", () =>
  Effect.promise(() =>
    runtime.runPromise(
      Effect.gen(function* () {
        const refused = yield* Effect.flip(Effect.flatMap(Lanes, ({ list }) => list))
        expect([refused._tag, String(refused.cause)]).toEqual(["JobsUnavailable", expect.stringContaining("42501")])
      })
    )
  )
)

it.live("looks as its caller first where it goes on by itself", () =>
  Effect.promise(() =>
    runtime.runPromise(
      asCaller(
        Effect.gen(function* () {
          const file = yield* jobIn("a file")
          const theirs = yield* Effect.map(
            Effect.promise(() => owner.runPromise(make("a file", "south", "ann"))),
            ({ id }) => JobId.make(id)
          )
          const { find } = yield* Artifacts
          const { look, pictures } = yield* LiveView

          expect((yield* Effect.flip(find(theirs, "menu.txt")))._tag).toBe("JobNotFound")
          expect(yield* look(theirs, "small")).toEqual(Option.none())
          expect(yield* Stream.runCollect(pictures(theirs, "small"))).toEqual([])
          // This user may not do what Callboard does by itself.
          for (const own of [find(file, "menu.txt"), look(file, "small")]) {
            expect((yield* Effect.flip(own as Effect.Effect<unknown, { readonly _tag: string }>))._tag).toBe(
              "JobsUnavailable"
            )
          }
        })
      )
    )
  )
)

/** Those that run have run longer when they are read again. */
const timeless = ({ jobs, nextCursor }: JobPage) => ({
  nextCursor,
  jobs: jobs.map(({ durationMs, ...job }) => job)
})

it.live("lists the newest jobs of its caller and of nobody else, page by page, as a list with a filter does", () =>
  Effect.promise(() =>
    runtime.runPromise(
      asCaller(
        Effect.gen(function* () {
          const { list } = yield* JobReports
          for (const thing of ["a failed job", waiting, "a job that asks"] as const) {
            yield* made(thing)
            yield* Effect.promise(() => owner.runPromise(make(thing, "south", "bob")))
          }
          const all = { createdAfter: new Date(0) }

          const first = yield* list({}, { limit: 2 })
          const second = yield* list({}, { limit: 200, cursor: first.nextCursor! })

          expect(timeless(first)).toEqual(timeless(yield* list(all, { limit: 2 })))
          const rest = yield* list(all, { limit: 200, cursor: first.nextCursor! })
          expect(timeless(second)).toEqual(timeless(rest))
          const found = [...first.jobs, ...second.jobs]
          expect(found.map(({ id }) => id)).toEqual(
            found
              .map(({ id }) => id)
              .toSorted()
              .toReversed()
          )
          expect(new Set(found.map(({ organisationId }) => organisationId))).toEqual(new Set(["north"]))
          expect(found.flatMap(({ prompt }) => prompt ?? []).length).toBeGreaterThan(0)
          const seen = yield* list({ q: "idle" }, { limit: 200, glance: true })
          expect(seen.jobs.map(({ id }) => id)).toEqual(
            found.filter(({ jobType }) => jobType === "idle").map(({ id }) => id)
          )
        })
      )
    )
  )
)

it.live("fails a method that gives no effect and does not say that it runs by itself", () =>
  Effect.promise(() =>
    runtime.runPromise(
      asCaller(
        Effect.gen(function* () {
          const callers = yield* makeCallers
          const careless = forCallers(callers, { all: () => Stream.empty }, [])
          const exit = yield* Effect.exit(careless.all() as unknown as Effect.Effect<unknown>)
          expect(String(exit)).toContain("all does not run as its caller")
        })
      )
    )
  )
)

it.live("says that the database is unavailable when the connection breaks inside of a call", () =>
  Effect.promise(async () => {
    const onOwner = (statement: string) => owner.runPromise(run(statement))
    await onOwner(`CREATE FUNCTION break_connection() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
      'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END'`)
    await onOwner(
      "CREATE TRIGGER break_connection BEFORE INSERT ON job_schedules FOR EACH ROW EXECUTE FUNCTION break_connection()"
    )
    const broken = await runtime.runPromise(
      asCaller(Effect.flip(Effect.flatMap(JobSchedules, (all) => all.create(cron))))
    )
    await onOwner("DROP FUNCTION break_connection CASCADE")

    expect(broken._tag).toBe("JobsUnavailable")
    await runtime.runPromise(asCaller(Effect.flatMap(JobSchedules, (all) => all.create({ ...cron, name: "after it" }))))
  })
)

it.live("takes a name that PostgreSQL cannot store, which is only shown", () =>
  Effect.promise(() =>
    runtime.runPromise(
      Effect.flatMap(Lanes, ({ pause }) => pause("browser", {})).pipe(
        Effect.provideService(CurrentCaller, Option.some({ ...service, name: "An\0n \ud800 ' \" \\" })),
        Effect.tap(({ paused }) => Effect.sync(() => expect(paused?.by).toBe("Ann \ufffd ' \" \\")))
      )
    )
  )
)

it.live("leaves neither role nor claims behind, whether a call ends well or not", () =>
  Effect.promise(() =>
    runtime.runPromise(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const { transaction } = yield* makeCallers
        const who = sql`
          SELECT pg_backend_pid() AS pid, current_user AS who, current_setting('request.jwt.claims', true) AS claims`
        const [inside] = yield* asCaller(transaction(who))
        const failed = yield* Effect.result(asCaller(transaction(Effect.andThen(who, Effect.fail("no")))))
        const after = yield* Effect.replicateEffect(who, 3)

        expect(inside).toMatchObject({ who: "callboard_member" })
        expect(JSON.parse(String(inside?.claims))).toEqual({
          ...{ sub: "ann", name: "Ann", role: "service", organisation_id: "north" }
        })
        expect(Result.isFailure(failed)).toBe(true)
        for (const [row] of after) expect([row?.who, row?.claims || null]).toEqual(["powerless", null])
      })
    )
  )
)
