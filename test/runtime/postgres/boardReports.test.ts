import { expect } from "bun:test"
import { Duration, Effect, Option } from "effect"
import { SqlClient } from "effect/sql"
import { BoardOverview } from "../../../src/domain/BoardOverview.ts"
import { type Caller, CurrentCaller, localCaller } from "../../../src/domain/Caller.ts"
import { FailureKinds } from "../../../src/domain/FailureKinds.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { Lanes } from "../../../src/domain/Lanes.ts"
import { Questions } from "../../../src/domain/Questions.ts"
import { Restaurants } from "../../../src/domain/Restaurants.ts"
import { TeamNotes } from "../../../src/domain/TeamNotes.ts"
import { countMinutes } from "../../../src/runtime/postgres/PgBoardOverview.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle, scripted, scriptedInBrowser } from "../../support/scripts.ts"
import { insertJob } from "./asMember.ts"
import { add, complete, fail, failure, firstClaim } from "./builders.ts"
import { ask } from "./questions.ts"

const other = scripted("other", () => Effect.succeed(null))
const clicks = scriptedInBrowser("clicks", () => Effect.succeed(null))

const inDatabase = databaseTests(idle, other, clicks)

/** Each caller of its own organisation, so that what is kept for one test is not shown to the next. */
const of = (organisationId: string) => {
  const caller: Caller = { ...localCaller, organisationId }
  return Effect.provideService(CurrentCaller, Option.some(caller))
}

const overview = Effect.flatMap(BoardOverview, ({ get }) => get)

const failed = (request: Parameters<typeof add>[0], message = "Timeout 30 s: waiting for #menu-table") =>
  Effect.gen(function* () {
    const job = yield* add(request)
    yield* fail(yield* firstClaim, { ...failure, message, step: "first" })
    return job
  })

inDatabase(
  "counts what waits, runs, asks and failed, and says what runs and how many workers live",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`TRUNCATE job_minutes, job_minutes_counted`
    const oldest = yield* failed({})
    yield* add()
    yield* complete(yield* firstClaim)
    yield* add()
    yield* ask(yield* firstClaim)
    const running = yield* add()
    yield* firstClaim
    const waiting = yield* add()
    yield* sql`INSERT INTO workers (name, boot_id, lanes, types, seen_at) VALUES
      ('here', gen_random_uuid(), '{"default": 8}', '{idle}', now()),
      ('gone', gen_random_uuid(), '{"default": 8}', '{idle}', now() - interval '1 minute')`
    yield* countMinutes
    yield* insertJob({ organisation_id: "north", status: "failed", error_code: "TIMEOUT", error_message: "other" })
    // What Callboard sends out itself is in no list.
    yield* insertJob({
      organisation_id: "north",
      status: "failed",
      error_code: "TIMEOUT",
      error_message: "other",
      lane: "system"
    })
    yield* sql`INSERT INTO job_queue (id, lane, state, rank, organisation_id, job_type, run_at, expires_at, timeout_ms)
      SELECT gen_random_uuid(), 'system', 'ready', 0, 'north', 'x', now() - interval '1 hour', now() + interval '1 day', 1000`

    const seen = yield* overview

    expect(seen.counts).toEqual({ pending: 1, scheduled: 0, in_progress: 1, retry_wait: 0, needs_input: 1, failed: 1 })
    expect(seen.running).toEqual([running.id])
    expect(seen.oldestReadyAt).toEqual(waiting.runAt)
    expect(seen.workers).toEqual({ alive: 1, known: 2 })
    expect(seen.lanes.find(({ lane }) => lane === "default")).toEqual({
      lane: "default",
      running: 2,
      capacity: 8,
      ready: 1
    })
    expect([seen.failureKinds, seen.newFailureKinds]).toEqual([1, 1])
    expect(seen.minutes.reduce((sum, { completed }) => sum + completed, 0)).toBe(1)
    expect(seen.minutes.reduce((sum, each) => sum + each.failed, 0)).toBe(1)
    const others = yield* of("north")(overview)
    expect(others.counts).toMatchObject({ failed: 1, pending: 0, needs_input: 0, in_progress: 0 })
    expect(others.oldestReadyAt).toBeUndefined()
    expect(oldest.status).toBe("pending")
  })
)

inDatabase(
  "says who waits longest for a place, and not who waits for the end of a pause",
  Effect.gen(function* () {
    const lanes = yield* Lanes
    for (const jobType of ["other", "clicks"]) yield* of("west")(add({ jobType }))
    const waiting = yield* of("west")(add())

    yield* lanes.pauseType("other", {})
    yield* lanes.pause("browser", {})

    expect((yield* of("west")(overview)).oldestReadyAt).toEqual(waiting.runAt)
  })
)

inDatabase(
  "counts a minute again only after a while, and never lower than before",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`TRUNCATE job_minutes, job_minutes_counted`
    yield* add()
    yield* complete(yield* firstClaim)
    yield* countMinutes
    const counted = sql<{ completed: number | null }>`SELECT sum(completed)::int AS completed FROM job_minutes`

    yield* add()
    yield* complete(yield* firstClaim)
    yield* countMinutes
    expect(yield* counted).toEqual([{ completed: 1 }])
    yield* sql`UPDATE job_minutes_counted SET at = at - interval '30 seconds'`
    yield* countMinutes
    expect(yield* counted).toEqual([{ completed: 2 }])
    yield* sql`DELETE FROM script_jobs`
    yield* sql`UPDATE job_minutes_counted SET at = at - interval '30 seconds'`
    yield* countMinutes
    expect(yield* counted).toEqual([{ completed: 2 }])
    yield* sql`UPDATE job_minutes SET minute = minute - interval '3 hours'`
    yield* sql`UPDATE job_minutes_counted SET at = at - interval '30 seconds'`
    yield* countMinutes
    expect(yield* counted).toEqual([{ completed: null }])
  })
)

inDatabase(
  "counts minutes, and shows none that are to come, after the database's clock went back",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`TRUNCATE job_minutes, job_minutes_counted`
    yield* add()
    yield* complete(yield* firstClaim)
    yield* sql`INSERT INTO job_minutes_counted (at) VALUES (now() + interval '2 hours')`
    yield* sql`INSERT INTO job_minutes VALUES ('ahead', date_trunc('minute', now()), 3, 0),
      ('ahead', date_trunc('minute', now() + interval '2 hours'), 7, 0)`

    yield* countMinutes

    const counted = yield* sql`SELECT completed FROM job_minutes WHERE organisation_id = 'default'`
    expect(counted).toEqual([{ completed: 1 }])
    const { minutes } = yield* of("ahead")(overview)
    expect(minutes.map(({ completed }) => completed)).toEqual([3])
  })
)

inDatabase(
  "lists questions by their deadline, of any kind or restaurant, and tells who answered",
  Effect.gen(function* () {
    const questions = yield* Questions
    yield* add({ restaurantId: "roma" })
    const late = yield* ask(yield* firstClaim, { timeout: Duration.minutes(20) })
    const job = yield* add({ restaurantId: "lumen" })
    const soon = yield* ask(yield* firstClaim, { kind: "confirm", label: "Publish it?", timeout: Duration.minutes(5) })

    expect((yield* questions.open()).map(({ prompt }) => prompt.id)).toEqual([soon, late])
    expect((yield* questions.open({ kind: "otp" })).map(({ prompt }) => prompt.id)).toEqual([late])
    expect((yield* questions.open({ restaurantId: "lumen" })).map((each) => each.job.jobId)).toEqual([job.jobId])
    expect(yield* of("north")(questions.open())).toEqual([])
    expect(yield* questions.lastAnswer).toBeUndefined()

    yield* (yield* Jobs).answer(job.id, { promptId: soon, value: true, answeredBy: "Ada" })

    expect((yield* questions.open()).map(({ prompt }) => prompt.id)).toEqual([late])
    const [answered] = yield* questions.byIds([soon])
    expect(answered?.prompt).toMatchObject({ state: "answered", answeredBy: "Ada" })
    expect(answered?.job).toMatchObject({ id: job.id, restaurantId: "lumen", status: "in_progress" })
    expect(yield* questions.lastAnswer).toMatchObject({ by: "Ada" })
    expect(yield* of("north")(questions.byIds([soon]))).toEqual([])
  })
)

inDatabase(
  "groups failures, counts them by age, and remembers them after a retry",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const kinds = yield* FailureKinds
    const first = yield* failed({ restaurantId: "roma" })
    const second = yield* failed({ restaurantId: "lumen" })
    yield* failed({ restaurantId: "roma" })
    yield* failed({ jobType: "other" }, "Login rejected")
    yield* sql`UPDATE job_failures SET failed_at = failed_at - interval '2 hours' WHERE job_id = ${first.id}::uuid`
    yield* sql`UPDATE job_failures SET failed_at = failed_at - interval '3 days' WHERE job_id = ${second.id}::uuid`
    yield* (yield* Jobs).retry(first.id, {})

    const [login, timeout] = yield* kinds.list("24h")

    expect(login).toMatchObject({
      jobType: "other",
      message: "Login rejected",
      lastHour: 1,
      lastDay: 1,
      restaurants: 0
    })
    expect(timeout).toMatchObject({
      jobType: "idle",
      step: "first",
      code: "NETWORK_ERROR",
      lastHour: 1,
      lastDay: 2,
      lastWeek: 3,
      restaurants: 2
    })
    expect(timeout!.lastFailedAt.epochMilliseconds - timeout!.firstFailedAt.epochMilliseconds).toBeGreaterThan(
      2 * 86_400_000
    )
    expect(yield* of("north")(kinds.list("7d"))).toEqual([])

    const detail = Option.getOrThrow(yield* kinds.get(timeout!.fingerprint))
    expect(detail.kind).toEqual(timeout!)
    expect(detail.stillFailed).toBe(2)
    expect(detail.restaurants).toEqual([
      { restaurantId: "roma", failures: 2 },
      { restaurantId: "lumen", failures: 1 }
    ])
    expect(detail.jobs).toHaveLength(3)
    expect(detail.jobs.slice(1)).toEqual([first.id, second.id])
    expect(yield* kinds.get("0123456789abcdef")).toEqual(Option.none())
    expect(yield* of("north")(kinds.get(timeout!.fingerprint))).toEqual(Option.none())
  })
)

inDatabase(
  "knows which failed jobs a retry would pass over, and what their browsers showed",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const job = yield* failed({ dedupeKey: "menu" })
    yield* failed({})
    yield* add({ dedupeKey: "menu" })
    yield* sql`INSERT INTO job_evidence (job_id, attempt, step, outcome, at, picture, title)
      VALUES (${job.id}::uuid, 1, 'first', 'failed', now() - interval '1 hour', 'first.jpg', 'Sign in')`
    const kinds = yield* FailureKinds
    const [kind] = yield* kinds.list("1h")

    const detail = Option.getOrThrow(yield* kinds.get(kind!.fingerprint))

    expect(detail.notRetryable).toBe(1)
    expect(detail.pictures.map(({ at: _, ...picture }) => picture)).toEqual([
      { jobId: job.jobId, step: "first", picture: "first.jpg", title: "Sign in" } as never
    ])
  })
)

inDatabase(
  "lists restaurants by name, page by page, each with how it does",
  Effect.gen(function* () {
    const restaurants = yield* Restaurants
    yield* failed({ restaurantId: "bao" })
    yield* add({ restaurantId: "bao", jobType: "other" })
    yield* complete(yield* firstClaim)
    yield* add({ restaurantId: "roma" })
    yield* ask(yield* firstClaim)
    yield* add()
    yield* insertJob({ organisation_id: "north", restaurant_id: "arctic" })
    for (let n = 0; n < 50; n++) yield* insertJob({ restaurant_id: `z-${String(n).padStart(2, "0")}` })

    const page = yield* restaurants.list({})

    expect(page.restaurants.slice(0, 3).map(({ latest, ...rest }) => [rest, latest.jobType, latest.status])).toEqual([
      [{ restaurantId: "bao", questions: 0, failed: 1, running: 0, waiting: 0 }, "other", "completed"],
      [{ restaurantId: "roma", questions: 1, failed: 0, running: 0, waiting: 0 }, "idle", "needs_input"],
      [{ restaurantId: "z-00", questions: 0, failed: 0, running: 0, waiting: 1 }, "idle", "pending"]
    ])
    expect(page.next).toBe("z-47")
    const rest = yield* restaurants.list({ after: "z-47" })
    expect(rest.restaurants.map(({ restaurantId }) => restaurantId)).toEqual(["z-48", "z-49"])
    expect(rest.next).toBeUndefined()
    expect((yield* restaurants.list({ q: "OM" })).restaurants.map((each) => each.restaurantId)).toEqual(["roma"])
    expect((yield* restaurants.list({ q: "%" })).restaurants).toEqual([])
  })
)

inDatabase(
  "knows of a restaurant the newest job of each type, its labels, and who answered what",
  Effect.gen(function* () {
    const restaurants = yield* Restaurants
    yield* add({ restaurantId: "roma", labels: ["spring", "new"] })
    yield* complete(yield* firstClaim)
    const job = yield* add({ restaurantId: "roma", labels: ["new"] })
    const prompt = yield* ask(yield* firstClaim, { kind: "text", label: "Which menu?" })
    yield* (yield* Jobs).answer(job.id, { promptId: prompt, value: "the secret one", answeredBy: "Ada" })

    const detail = Option.getOrThrow(yield* restaurants.get("roma"))

    expect(detail.latest.map(({ jobId, jobType, status }) => [jobId, jobType, status])).toEqual([
      [job.jobId, "idle", "in_progress"]
    ])
    expect(detail.labels).toEqual(["new", "spring"])
    expect(detail.answers).toMatchObject([{ jobId: job.jobId, label: "Which menu?", answeredBy: "Ada" }])
    expect(JSON.stringify(detail)).not.toContain("secret one")
    expect(yield* restaurants.get("nowhere")).toEqual(Option.none())
    expect(yield* of("north")(restaurants.get("roma"))).toEqual(Option.none())
  })
)

inDatabase(
  "keeps every version of a note, and refuses a change of one that has changed",
  Effect.gen(function* () {
    const notes = yield* TeamNotes
    const roma = { about: "restaurant", subject: `roma-${Bun.randomUUIDv7()}` } as const
    yield* notes.write(roma, { after: 0, text: "Phone 15–17", writtenBy: "Ada" })
    yield* notes.write(roma, { after: 1, text: "Phone 15–18", writtenBy: "Bob" })

    const late = yield* Effect.flip(notes.write(roma, { after: 1, text: "No phone" }))
    const race = yield* Effect.all(
      ["one", "two"].map((text) => Effect.exit(notes.write(roma, { after: 2, text }))),
      { concurrency: 2 }
    )

    expect(late).toMatchObject({ _tag: "NoteChanged", by: "Bob" })
    expect(race.map(({ _tag }) => _tag).toSorted()).toEqual(["Failure", "Success"])
    const history = yield* notes.history(roma)
    expect(history.map(({ number, writtenBy }) => [number, writtenBy])).toEqual([
      [3, undefined],
      [2, "Bob"],
      [1, "Ada"]
    ])
    expect(yield* notes.history({ ...roma, about: "failure" })).toEqual([])
    expect(yield* of("north")(notes.history(roma))).toEqual([])
  })
)
