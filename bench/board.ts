/**
 * The board over a large database: `bun bench/board.ts [--jobs 1000000] [--quick] [--only pages,tabs] [--page Inbox]
 * [--statements] [--keep directory]`. What is measured, and how to read it: docs/benchmarks.md, "The board".
 */
import { chmodSync, mkdirSync } from "node:fs"
import { cpus, loadavg } from "node:os"
import { join, resolve } from "node:path"
import { parseArgs } from "node:util"
import type { SQL } from "bun"
import { Console, Effect } from "effect"
import { EmbeddedPostgres } from "../src/runtime/postgres/EmbeddedPostgres.ts"
import { startCallboard, temporaryDirectory } from "../test/support/CallboardProcess.ts"
import { askFor } from "./boardPages.ts"
import { assetLines, pageLines, tabLines } from "./boardReport.ts"
import { seedOnce } from "./boardSeed.ts"
import { openTabs } from "./boardTabs.ts"
import { makeCpuMeter } from "./CpuMeter.ts"
import { connect } from "./systems/connect.ts"

const { values } = parseArgs({
  options: {
    jobs: { type: "string" },
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    page: { type: "string" },
    statements: { type: "boolean", default: false },
    keep: { type: "string" }
  }
})

const JOBS = Number(values.jobs ?? (values.quick ? 50_000 : 1_000_000))
const measures = (values.only ?? "pages,tabs").split(",")
const ROUNDS = values.quick ? 1 : 3
const REQUESTS = values.quick ? 30 : 40
const TABS = 200
const TAB_SECONDS = values.quick ? 10 : 20
const CHANGING = 5

/** Each statement is counted, with its longest time. */
const SETTINGS = { shared_preload_libraries: "pg_stat_statements" }

/** Jobs, kinds and places that the pages are of. */
const subjects = async (sql: SQL) => {
  const jobs = (where: string) =>
    sql.unsafe<ReadonlyArray<{ id: string; job_id: string }>>(`
      SELECT id, job_id FROM script_jobs WHERE organisation_id = 'default' AND ${where} ORDER BY id DESC LIMIT ${CHANGING}`)
  const running = await jobs("status = 'in_progress' AND id NOT IN (SELECT job_id FROM job_prompts)")
  const [failed] = await jobs("status = 'failed'")
  const [completed] = await jobs("status = 'completed'")
  const [kind] = await sql<ReadonlyArray<{ fingerprint: string }>>`
    SELECT fingerprint FROM job_failures WHERE organisation_id = 'default' ORDER BY failed_at DESC LIMIT 1`
  // Near the oldest, as the links of the list name it.
  const [old] = await sql<ReadonlyArray<{ id: string }>>`
    SELECT id FROM script_jobs WHERE organisation_id = 'default' ORDER BY id OFFSET 30 LIMIT 1`
  const last = Buffer.from(old!.id).toString("base64url")
  return { running, last, failed: failed!.job_id, completed: completed!.job_id, kind: kind!.fingerprint }
}

const pagesOf = ({ completed, failed, kind, last, running }: Awaited<ReturnType<typeof subjects>>) => {
  const live = running[0]!.job_id
  const paths = {
    Now: "/",
    Inbox: "/inbox",
    Jobs: "/jobs",
    "Jobs, failed": "/jobs?status=failed",
    "Jobs, done": "/jobs?status=completed",
    "Jobs, waiting": "/jobs?status=pending",
    "Jobs, needs you": "/jobs?status=needs_input",
    "Jobs of a type": "/jobs?type=import-csv-menu",
    "Jobs of a restaurant": "/jobs?restaurant=restaurant-7",
    "Jobs, last page": `/jobs?after=${last}`,
    "Jobs of a chain": "/jobs?restaurant=chain",
    "Jobs of a chain, failed": "/jobs?restaurant=chain&status=failed",
    "Jobs of a chain, cancelled, one type": "/jobs?restaurant=chain&status=cancelled&type=add-option-sets",
    "Jobs of a chain, last page": `/jobs?restaurant=chain&after=${last}`,
    "Jobs of a small restaurant": "/jobs?restaurant=corner-caf%C3%A9",
    "Jobs of an unknown restaurant": "/jobs?restaurant=nowhere",
    "Jobs of a type, waiting": "/jobs?type=import-csv-menu&status=pending,retry_wait,scheduled",
    "Jobs of a type, needs you": "/jobs?type=import-csv-menu&status=needs_input",
    "Jobs of a label": "/jobs?label=region-3",
    "Jobs of an unknown label": "/jobs?label=nowhere",
    "Jobs of a lane": "/jobs?queue=default",
    "Jobs of a kind of failure": `/jobs?error=${kind}`,
    "Jobs, last day": "/jobs?since=24h",
    "Jobs, words": "/jobs?q=restaurant-7",
    "Jobs, rare words": "/jobs?q=corner",
    "Jobs, words of errors": "/jobs?q=page+39",
    "Jobs, words of ids": `/jobs?q=${failed.slice(-6)}`,
    "Jobs, words of nothing": "/jobs?q=nowhere+at+all",
    "Jobs, words of nothing, failed": "/jobs?status=failed&q=nowhere+at+all",
    "Jobs, words of nothing, a chain": "/jobs?restaurant=chain&q=nowhere+at+all",
    "Search, words": "/search?q=restaurant-7",
    "Search, nothing": "/search?q=nowhere+at+all",
    "Bulk, plan": "/bulk?filter=status%3Dfailed&all=yes&action=retry",
    "Job that runs": `/jobs/${live}`,
    "Job that failed": `/jobs/${failed}`,
    "Job, steps": `/jobs/${failed}/steps`,
    "Job, browser": `/jobs/${failed}/browser`,
    "Job, log": `/jobs/${failed}/log`,
    "Job, data": `/jobs/${completed}/data`,
    "Job, history": `/jobs/${failed}/history`,
    "Retry, plan": `/jobs/${failed}/retry`,
    Restaurants: "/restaurants",
    Restaurant: "/restaurants/restaurant-7",
    Failures: "/failures",
    Failure: `/failures/${kind}`,
    Types: "/types",
    Type: "/types/add-item-tags",
    Fleet: "/fleet",
    Schedules: "/schedules",
    "Start a job": "/jobs/new",
    "Start a job, form": "/jobs/new/add-item-tags",
    Audit: "/audit",
    Settings: "/settings",
    Help: "/help"
  }
  return Object.entries(paths).map(([name, path]) => ({ name, path }))
}

const assetsOf = async (base: URL) => {
  const html = await (await fetch(base)).text()
  const paths = new Set(html.match(/\/assets\/[\w.-]+/gu))
  return Promise.all(
    [...paths].map(async (path) => {
      const file = await (await fetch(new URL(path, base))).bytes()
      return { path, kilobytes: Bun.gzipSync(file).length / 1_024 }
    })
  )
}

const measure = Effect.gen(function* () {
  const root = values.keep === undefined ? yield* temporaryDirectory : resolve(values.keep)
  const [home, data] = [join(root, "database"), join(root, "data")]
  for (const directory of [home, data]) {
    mkdirSync(directory, { recursive: true })
    chmodSync(directory, 0o755)
  }
  const {
    database,
    port,
    socketDirectory: host,
    username
  } = yield* EmbeddedPostgres.make({
    directory: home,
    settings: SETTINGS
  })
  const url = `postgres://${username}@localhost/${database}?${new URLSearchParams({ host, port: String(port) })}`
  // Nobody claims what waits.
  const env = { DATABASE_URL: url, CALLBOARD_ROLE: "web", LOG_LEVEL: "warn" }
  const callboard = yield* startCallboard({ dataDirectory: data, env })
  const sql = yield* Effect.acquireRelease(
    Effect.sync(() => connect({ host, port, database, username })),
    (open) => Effect.promise(() => open.close())
  )
  yield* Effect.promise(() => sql`CREATE EXTENSION IF NOT EXISTS pg_stat_statements`)
  yield* Effect.promise(() => seedOnce(sql, JOBS))
  const found = yield* Effect.promise(() => subjects(sql))
  const meter = makeCpuMeter(callboard.pid, home)
  const head = () =>
    `${cpus()[0]?.model.trim()}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}, Bun ${Bun.version}, ${JOBS} jobs`

  if (measures.includes("pages")) {
    const options = { base: callboard.url, sql, rounds: ROUNDS, requests: REQUESTS, explain: values.statements }
    const pages = pagesOf(found).filter(({ name }) => values.page === undefined || name === values.page)
    const asked = yield* Effect.forEach(pages, (page) => Effect.promise(() => askFor(page, options)))
    const assets = yield* Effect.promise(() => assetsOf(callboard.url))
    yield* Console.log([head(), ...pageLines(asked), ...assetLines(assets)].join("\n"))
  }
  if (measures.includes("tabs")) {
    const running = found.running.map(({ id }) => id)
    const jobPages = found.running.map(({ job_id }) => `/jobs/${job_id}`)
    const tabs = yield* Effect.promise(() =>
      openTabs({
        base: callboard.url,
        sql,
        pages: jobPages.flatMap((path) => ["/jobs", path]),
        tabs: TABS,
        seconds: TAB_SECONDS,
        changing: running,
        during: meter.during
      })
    )
    yield* Console.log([head(), ...tabLines(tabs, { tabs: TABS, seconds: TAB_SECONDS, changing: CHANGING })].join("\n"))
  }
})

await Effect.runPromise(Effect.scoped(measure))
