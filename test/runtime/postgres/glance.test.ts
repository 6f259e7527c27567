/** What people look at over more jobs than a walk meets: pages and counts must be those of all jobs, whatever the price of one is. */
import { afterAll, expect } from "bun:test"
import { Effect, Layer, ManagedRuntime, Option } from "effect"
import { SqlClient } from "effect/sql"
import { type Caller, CurrentCaller } from "../../../src/domain/Caller.ts"
import type { JobFilter } from "../../../src/domain/JobFilter.ts"
import type { JobId } from "../../../src/domain/JobId.ts"
import { JobReports } from "../../../src/domain/JobReports.ts"
import { ShownStatus } from "../../../src/domain/JobStatus.ts"
import { type CountsRow, countsOf, merged } from "../../../src/runtime/postgres/boundedCounts.ts"
import { idsOf } from "../../../src/runtime/postgres/boundedLook.ts"
import { walkOf } from "../../../src/runtime/postgres/boundedWalk.ts"
import { conditions, inStatus, sourcesIn } from "../../../src/runtime/postgres/jobFilters.ts"
import { showJob } from "../../../src/views/ShownJob.ts"
import { callerServices } from "../../support/CallerServices.ts"
import { it } from "../../support/effect.ts"
import { TestDatabase } from "../../support/TestDatabase.ts"
import { run } from "./asMember.ts"
import { seedOldJobs } from "./oldJobs.ts"
import { rowsRead } from "./rowsRead.ts"

const runtime = ManagedRuntime.make(callerServices.pipe(Layer.provideMerge(TestDatabase.layer)))
afterAll(() => runtime.dispose())

const operator: Caller = { via: "key", subject: "olga", name: "Olga", role: "operator", organisationId: "west" }

const prepared = await runtime.runPromise(Effect.cached(seedOldJobs))

const inWest = (
  name: string,
  body: Effect.Effect<void, unknown, Layer.Success<typeof callerServices> | SqlClient.SqlClient>
) => it.live(name, () => Effect.promise(() => runtime.runPromise(Effect.andThen(prepared, body))))

const asOperator = Effect.provideService(CurrentCaller, Option.some(operator))

/** All pages, one after the other. */
const everyPage = (filter: JobFilter) =>
  Effect.gen(function* () {
    const { list } = yield* JobReports
    const seen: Array<JobId> = []
    let pages = 0
    let cursor: string | undefined
    do {
      const page = yield* list(filter, { limit: 200, glance: true, ...(cursor !== undefined && { cursor }) })
      seen.push(...page.jobs.map(({ id }) => id))
      cursor = page.nextCursor
      pages += 1
    } while (cursor !== undefined)
    return { seen, pages }
  })

const pagesOf = (filter: JobFilter) => asOperator(everyPage(filter))

const west = Effect.map(SqlClient.SqlClient, (sql) => sql`organisation_id = 'west'`)
const anywhere = Effect.map(SqlClient.SqlClient, (sql) => sql`true`)

/** By a look at every job. */
const truth = (filter: JobFilter, where = west) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const all = [yield* where, ...conditions(yield* sourcesIn(sql), filter)]
    const rows = yield* sql<{ id: JobId }>`SELECT id FROM script_jobs WHERE ${sql.and(all)} ORDER BY id DESC`
    return rows.map(({ id }) => id)
  })

const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000)

const filters: ReadonlyArray<JobFilter> = [
  { status: ["failed"] },
  { status: ["pending"] },
  { status: ["retry_wait", "cancelled"] },
  { status: ["needs_input"] },
  { restaurantId: "old-inn" },
  { restaurantId: "nowhere" },
  { restaurantId: "chain", status: ["failed"] },
  { restaurantId: "chain", status: ["retry_wait"] },
  { restaurantId: "chain", jobType: "idle", status: ["cancelled"] },
  { jobType: "idle", status: ["failed"], createdAfter: hoursAgo(24) },
  { createdAfter: hoursAgo(3), createdBefore: hoursAgo(1) },
  { label: "rare" },
  { fingerprint: "print", restaurantId: "place-1" },
  { q: "old-INN" },
  { q: "smoked" },
  { q: "place-5", status: ["cancelled"] },
  { q: "place-5", jobType: "idle", status: ["failed"] },
  { q: "broke", restaurantId: "place-3" },
  { q: "row 3", status: ["retry_wait"] },
  { q: "_00000005" },
  { q: "LAMP" },
  { q: "dough" },
  { q: "burnt", status: ["in_progress"] },
  { q: "deliver" },
  { lane: "default", status: ["pending"] },
  { status: ["pending"], createdBefore: hoursAgo(1) },
  { status: ["pending"], createdAfter: hoursAgo(40), createdBefore: hoursAgo(30) },
  { q: "broke", status: ["retry_wait"], createdBefore: hoursAgo(30) },
  { q: "nowhere at all" }
]

inWest(
  "finds on its pages what a look at every job finds, in the same order",
  Effect.gen(function* () {
    for (const filter of filters) {
      const { seen } = yield* pagesOf(filter)
      expect([filter, seen]).toEqual([filter, yield* truth(filter)])
    }
  })
)

inWest(
  "finds the same of all organisations where nobody calls, and nothing of Callboard's own unless it is asked for",
  Effect.gen(function* () {
    const own: JobFilter = { lane: "system" }
    const asked: ReadonlyArray<JobFilter> = [
      { q: "deliver" },
      { q: "old-inn" },
      { q: "dough" },
      own,
      { ...own, q: "deliver" },
      { ...own, status: ["completed"] }
    ]
    expect(yield* truth(own, anywhere)).toHaveLength(2)
    for (const filter of asked) {
      const { seen } = yield* everyPage(filter)
      expect([filter, seen]).toEqual([filter, yield* truth(filter, anywhere)])
    }
  })
)

inWest(
  "tells of what a list begins with no more than ids and statuses",
  Effect.gen(function* () {
    const { list, listed } = yield* JobReports
    for (const filter of filters) {
      const { jobs } = yield* list(filter, { limit: 50, glance: true })
      const shown = jobs.map((job) => ({ id: job.id, status: showJob(job, undefined, Date.now()).status }))
      expect([filter, yield* listed(filter, 50)]).toEqual([filter, shown])
    }
  }).pipe(asOperator)
)

inWest(
  "says how far it looked where there may be more, and nothing where it met all there are",
  Effect.gen(function* () {
    const { list } = yield* JobReports
    const page = { limit: 50, glance: true }

    const rare = yield* list({ label: "rare" }, page)
    const words = yield* list({ q: "nowhere at all" }, page)
    const full = yield* list({ jobType: "idle" }, page)

    expect([rare.jobs.length, rare.lookedUntil !== undefined, rare.nextCursor !== undefined]).toEqual([1, true, true])
    expect(words).toEqual({ jobs: [] })
    expect([full.jobs.length, full.lookedUntil]).toEqual([50, undefined])
  }).pipe(asOperator)
)

inWest(
  "counts each status as it is, or says that there are at least so many",
  Effect.gen(function* () {
    const { counts } = yield* JobReports
    const exact = (filter: JobFilter) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const sources = yield* sourcesIn(sql)
        const each = yield* Effect.forEach(ShownStatus.literals, (status) => {
          const all = [sql`organisation_id = 'west'`, ...conditions(sources, filter), inStatus(sources, [status])]
          return sql<{ jobs: number }>`SELECT count(*)::int AS jobs FROM script_jobs WHERE ${sql.and(all)}`
        })
        return each.map(([row]) => row?.jobs ?? 0)
      })
    for (const filter of filters) {
      const { status: _, ...anyStatus } = filter
      const seen = yield* asOperator(counts(anyStatus))
      const found = yield* exact(anyStatus)
      const wrong = ShownStatus.literals.filter((status, at) => {
        const [shown, real] = [seen[status], found[at] ?? 0]
        return seen.atLeast?.includes(status) ? shown > real : shown !== Math.min(real, 1_000)
      })
      expect([filter, wrong]).toEqual([filter, []])
    }
    // These have an index or a table of their own.
    const chain = yield* asOperator(counts({ restaurantId: "chain" }))
    expect(chain.atLeast).toEqual(["completed"])
  })
)

/** Rows of jobs and queue: what a walk meets, and what it holds against the words. */
const MOST_READ = { page: 200, restaurant: 60, rare: 8_100, words: 6_800, counts: 5_000, wordCounts: 2_100 }

inWest(
  "reads a bounded part of the jobs",
  Effect.gen(function* () {
    const { counts, list } = yield* JobReports
    const page = { limit: 50, glance: true }
    const read = {
      page: yield* rowsRead(list({}, page), operator),
      restaurant: yield* rowsRead(list({ restaurantId: "old-inn" }, page), operator),
      rare: yield* rowsRead(list({ label: "nothing has it" }, page), operator),
      words: yield* rowsRead(list({ q: "nowhere at all" }, page), operator),
      counts: yield* rowsRead(counts({ restaurantId: "chain" }), operator),
      wordCounts: yield* rowsRead(counts({ q: "nowhere at all" }), operator)
    }
    for (const [call, most] of Object.entries(MOST_READ)) {
      expect([call, read[call as keyof typeof read], read[call as keyof typeof read] <= most]).toEqual([
        call,
        expect.any(Number),
        true
      ])
    }
  })
)

inWest(
  "ends a walk through what waits where the ids ended, however few of their jobs are of the time",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const sources = yield* sourcesIn(sql)
    // The first id before that time, give or take an hour, is of a job made after it.
    const filter: JobFilter = { status: ["pending"], createdBefore: hoursAgo(50) }
    const walk = walkOf(sources, filter, { scattered: 1, inOrder: 1, waiting: 1 })

    expect(yield* sql`${walk.rows}`).toEqual([])
    expect(yield* sql`${walk.end}`).toHaveLength(1)
    expect(walk.isInOrder).toBe(false)
    const { status: _, ...anyStatus } = filter
    const counts = merged(
      yield* sql<CountsRow>`${countsOf(sources, anyStatus, { scattered: 1, inOrder: 1, waiting: 1 })}`
    )
    expect([counts.pending, counts.atLeast?.includes("pending")]).toEqual([0, true])
  })
)

inWest(
  "does not say that there is nothing where names may be newer than those that it knows",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const sources = yield* sourcesIn(sql)
    const floorOf = (readAtMs: number) => {
      const names = { restaurants: [], types: [], hasMore: false, readAtMs }
      const look = { filter: { q: "nowhere at all" }, wanted: 50, names }
      return Effect.map(sql<{ floor: JobId | null }>`${idsOf(sources, look)}`, ([row]) => row?.floor)
    }

    expect(yield* floorOf(Date.now())).toBeNull()
    expect(yield* floorOf(hoursAgo(149).getTime())).toBeString()
  })
)

inWest(
  "goes on after a job that cannot be read",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { list } = yield* JobReports
    const newest = (yield* truth({}))[0]!
    const change = (runAt: string) =>
      sql.withTransaction(
        Effect.andThen(
          run("SET LOCAL session_replication_role = replica"),
          run(`UPDATE script_jobs SET run_at = ${runAt} WHERE id = '${newest}'`)
        )
      )
    const filter: JobFilter = { restaurantId: "chain" }
    yield* change("'infinity'")

    for (const page of [list({}, { limit: 3 }), list(filter, { limit: 3 }), list(filter, { limit: 3, glance: true })]) {
      const { jobs, nextCursor } = yield* asOperator(page)
      expect([jobs.length, nextCursor !== undefined]).toEqual([2, true])
    }
    yield* change("created_at")
  })
)

inWest(
  "says of a cursor that is none what it is, in every kind of list",
  Effect.gen(function* () {
    const { list } = yield* JobReports
    for (const glance of [true, false]) {
      const failure = yield* asOperator(Effect.flip(list({}, { limit: 3, glance, cursor: "nonsense" })))
      expect(failure._tag).toBe("InvalidCursor")
    }
  })
)
