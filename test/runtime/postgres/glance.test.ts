/** What people look at over more jobs than a walk meets: pages and counts must be those of all jobs, whatever the price of one is. */
import { afterAll, expect } from "bun:test"
import { Effect, Layer, ManagedRuntime, Option } from "effect"
import { SqlClient } from "effect/sql"
import { type Caller, CurrentCaller } from "../../../src/domain/Caller.ts"
import type { JobFilter } from "../../../src/domain/JobFilter.ts"
import type { JobId } from "../../../src/domain/JobId.ts"
import { JobReports } from "../../../src/domain/JobReports.ts"
import { ShownStatus } from "../../../src/domain/JobStatus.ts"
import { conditions, inStatus, sourcesIn } from "../../../src/runtime/postgres/jobFilters.ts"
import { callerServices } from "../../support/CallerServices.ts"
import { it } from "../../support/effect.ts"
import { TestDatabase } from "../../support/TestDatabase.ts"
import { run } from "./asMember.ts"
import { rowsRead } from "./rowsRead.ts"

const runtime = ManagedRuntime.make(callerServices.pipe(Layer.provideMerge(TestDatabase.layer)))
afterAll(() => runtime.dispose())

/** More than two walks through jobs of all kinds, and two through those of the chain. */
const JOBS = 9_000

const operator: Caller = { via: "key", subject: "olga", name: "Olga", role: "operator", organisationId: "west" }

/** Of ten jobs one failed; the oldest three are of a restaurant and of an error that nothing later has. */
const seed = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql.withTransaction(
    Effect.gen(function* () {
      // Nothing follows from these jobs but what is written here.
      yield* run("SET LOCAL session_replication_role = replica")
      yield* run(`
        INSERT INTO script_jobs (id, job_id, job_type, lane, status, input_payload, total_steps, max_retries, timeout_ms,
          run_at, retry_count, expires_at, organisation_id, restaurant_id, labels, created_at, completed_at, error_code,
          error_message, failed_at, cancelled_at, error_fingerprint)
        SELECT overlay(first_id_at(s.at)::text PLACING lpad(to_hex(n), 12, '0') FROM 25)::uuid,
          'JOB_20261121_000000_' || lpad(to_hex(n), 8, '0'), CASE n % 3 WHEN 0 THEN 'idle' ELSE 'other' END, 'default',
          s.status, '{}', 1, 3, 1000,
          CASE WHEN s.retrying THEN now() + interval '1 day' ELSE s.at END, CASE WHEN s.retrying THEN 1 ELSE 0 END,
          now() + interval '2 days', 'west',
          CASE WHEN n <= 3 THEN 'old-inn' WHEN n % 2 = 0 THEN 'chain' ELSE 'place-' || n % 7 END,
          CASE WHEN n IN (5, ${JOBS - 1}) THEN ARRAY['rare'] ELSE '{}' END, s.at,
          CASE WHEN s.status <> 'pending' THEN s.at END, CASE WHEN s.status = 'failed' OR s.retrying THEN 'TIMEOUT' END,
          CASE WHEN n = 1 THEN 'The oven smoked' WHEN s.status = 'failed' OR s.retrying THEN 'Row ' || n || ' broke' END,
          CASE WHEN s.status = 'failed' THEN s.at END, CASE WHEN s.status = 'cancelled' THEN s.at END,
          CASE WHEN s.status = 'failed' THEN 'print' END
        FROM generate_series(1, ${JOBS}) n, LATERAL (SELECT now() - (${JOBS} - n) * interval '1 minute' AS at, n % 60 = 3 AS retrying,
          CASE WHEN n % 10 = 1 THEN 'failed' WHEN n % 50 = 2 THEN 'cancelled' WHEN n % 30 = 3 THEN 'pending'
            ELSE 'completed' END AS status) s`)
      yield* run(`
        INSERT INTO job_queue (id, lane, state, rank, organisation_id, job_type, run_at, expires_at, timeout_ms, retrying)
        SELECT id, lane, CASE WHEN retry_count > 0 THEN 'scheduled' ELSE 'ready' END, 0, organisation_id, job_type, run_at,
          expires_at, timeout_ms, retry_count > 0
        FROM script_jobs WHERE status = 'pending'`)
    })
  )
  yield* run("ANALYZE script_jobs, job_queue")
})

const prepared = await runtime.runPromise(Effect.cached(seed))

const inWest = (
  name: string,
  body: Effect.Effect<void, unknown, Layer.Success<typeof callerServices> | SqlClient.SqlClient>
) => it.live(name, () => Effect.promise(() => runtime.runPromise(Effect.andThen(prepared, body))))

const asOperator = Effect.provideService(CurrentCaller, Option.some(operator))

/** All pages, one after the other. */
const pagesOf = (filter: JobFilter) =>
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
  }).pipe(asOperator)

/** By a look at every job. */
const truth = (filter: JobFilter) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const all = [sql`organisation_id = 'west'`, ...conditions(yield* sourcesIn(sql), filter)]
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
