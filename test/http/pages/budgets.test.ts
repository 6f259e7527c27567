import { expect, test } from "bun:test"
import { Clock, Effect, Tracer } from "effect"
import { Hono } from "hono"
import { Jobs } from "../../../src/domain/Jobs.ts"
import type { IdentityServices } from "../../../src/http/identify.ts"
import { boardRoutes } from "../../../src/http/pages/boardRoutes.ts"
import { identityRoutes } from "../../../src/http/pages/identityRoutes.ts"
import type { Run, RunWith } from "../../../src/http/Run.ts"
import { makeBulkImport } from "../../../src/scripts/data/BulkImport.ts"
import { FakeJobs } from "../../support/FakeJobs.ts"
import { realApi } from "../../support/RealApi.ts"
import { idle } from "../../support/scripts.ts"
import { tagDishes } from "../../support/tagDishes.ts"
import { asLocalCaller } from "../asLocal.ts"
import { noFeeds } from "../noFeeds.ts"
import { makeBoard } from "./testBoard.ts"

/** Time stands still, so that what all readers share is kept: the top of the page, and what is usual for a type. */
const standing = (clock: Clock.Clock): Clock.Clock => {
  const now = clock.currentTimeMillisUnsafe()
  return Object.create(clock, {
    currentTimeMillisUnsafe: { value: () => now },
    currentTimeMillis: { value: Effect.succeed(now) }
  }) as Clock.Clock
}

/** Counts the statements that are sent meanwhile, without those that begin and end a transaction and say for whom it is. */
const countingRun = (run: Run, clock: Clock.Clock) => {
  const spans: Array<string> = []
  const still = standing(clock)
  const usual = Tracer.Tracer.defaultValue()
  const tracer = Tracer.make({
    span: (options) => {
      if (options.kind === "client" || options.name === "sql.transaction") spans.push(options.name)
      return usual.span(options)
    }
  })
  const counting: Run = (effect, signal) =>
    run(effect.pipe(Effect.withTracer(tracer), Effect.provideService(Clock.Clock, still)), signal)
  const during = async (body: () => Promise<unknown>) => {
    spans.length = 0
    await body()
    const transactions = spans.filter((name) => name === "sql.transaction").length
    return spans.length - 2 * transactions
  }
  return { counting, during }
}

/** Of a page itself. */
const MOST_STATEMENTS = 5

realApi([idle, tagDishes, makeBulkImport(Effect.never)])("reads each page with at most five statements", ({ run }) =>
  Effect.gen(function* () {
    const request = { jobType: idle.name, input: {}, restaurantId: "trattoria" }
    const { jobs } = yield* (yield* Jobs).createBatch(Array.from({ length: 60 }, () => request))
    const stopped = yield* (yield* Jobs).cancel(jobs[1]!.id)
    const { counting, during } = countingRun(run, yield* Clock.Clock)
    const info = { localOnly: true }
    const app = new Hono()
      .use(asLocalCaller)
      .route("/", identityRoutes({ run: counting as RunWith<IdentityServices>, info }))
      .route("/", boardRoutes({ run: counting, feeds: noFeeds, info }))
    const read = async (path: string) => {
      const response = await app.request(path)
      expect([path, response.status]).toEqual([path, 200])
      await response.text()
    }
    const job = `/jobs/${jobs[0]!.jobId}`
    const paths = [
      ...["/", "/inbox", "/jobs", "/jobs?status=failed", "/jobs?q=trattoria", "/restaurants", "/restaurants/trattoria"],
      ...[
        job,
        `${job}/steps`,
        `${job}/browser`,
        `${job}/log`,
        `${job}/data`,
        `${job}/history`,
        `/jobs/${stopped.jobId}/retry`
      ],
      ...["/search?q=trattoria", "/search?q=nowhere", "/jobs?status=completed&since=2h&q=nowhere", "/audit"],
      ...["/jobs/new/bulk_import", "/jobs/new/bulk_import?jobType=add-item-tags"],
      ...["/failures", "/types", `/types/${idle.name}`, "/fleet", "/schedules", "/jobs/new", "/help"]
    ]

    yield* Effect.promise(() => during(() => read("/jobs")))
    const counts: Array<readonly [string, number]> = []
    for (const path of paths) {
      const count = yield* Effect.promise(() => during(() => read(path)))
      counts.push([path, count])
    }

    expect(counts.filter(([, count]) => count > MOST_STATEMENTS)).toEqual([])
    expect(Object.fromEntries(counts)).toMatchObject({ "/jobs": 2, [job]: 4, "/help": 0 })
  })
)

const KILOBYTE = 1_024

test("sends a list of 50 jobs in 15 KB and 1,500 elements", async () => {
  const fake = new FakeJobs([tagDishes])
  for (let number = 0; number < 60; number++) {
    fake.seed({ status: number % 2 === 0 ? "in_progress" : "failed", restaurantId: `restaurant-${number}` })
  }

  const html = await (await makeBoard({ fake }).get("/jobs")).text()

  expect(html.match(/<tr id="job-/gu)).toHaveLength(50)
  expect(Bun.gzipSync(html).length).toBeLessThanOrEqual(15 * KILOBYTE)
  expect(html.match(/<[a-z]/gu)?.length).toBeLessThanOrEqual(1_500)
})

test("sends scripts in 22 KB, styles in 12 KB and each file of icons in 4 KB, and nothing from elsewhere", async () => {
  const { get } = makeBoard()
  const most = new Map([
    ["js", 22],
    ["css", 12],
    ["svg", 4]
  ])
  const html = await (await get("/jobs")).text()
  const paths = [...new Set(html.match(/\/assets\/[\w.-]+/gu))]

  for (const path of paths) {
    const size = Bun.gzipSync(await (await get(path)).bytes()).length / KILOBYTE
    expect([path, size <= most.get(path.split(".").at(-1)!)!]).toEqual([path, true])
  }
  expect(paths.map((path) => path.split(".").at(-1)).toSorted()).toEqual(["css", "js", "svg", "svg"])
  expect(html).not.toMatch(/(?:src|href)="https?:/u)
})
