import { expect, test } from "bun:test"
import { Effect, Layer } from "effect"
import { BoardOverview } from "../../../src/domain/BoardOverview.ts"
import type { FailureKind } from "../../../src/domain/FailureKinds.ts"
import { JobReports } from "../../../src/domain/JobReports.ts"
import { JobsUnavailable } from "../../../src/domain/Jobs.ts"
import { at, FakeJobs } from "../../support/FakeJobs.ts"
import { tagDishes } from "../../support/tagDishes.ts"
import { bodyOf, makeBoard, textOf } from "./testBoard.ts"

const kind: FailureKind = {
  fingerprint: "0123456789abcdef",
  jobType: "add-item-tags",
  code: "TIMEOUT",
  message: "The menu of bao-house did not load",
  latestJobId: "JOB_20261124_055900_00000001" as FailureKind["latestJobId"],
  lastHour: 1,
  lastDay: 2,
  lastWeek: 3,
  restaurants: 1,
  firstFailedAt: at(0),
  lastFailedAt: at(0)
}

test("finds restaurants, jobs and failures by the same text", async () => {
  const { fake, get } = makeBoard()
  const job = fake.seed({ restaurantId: "bao-house" })
  const other = fake.seed({ restaurantId: "sushi-ito" })
  fake.board.restaurants = [
    {
      restaurantId: "bao-house",
      questions: 0,
      failed: 0,
      running: 0,
      waiting: 1,
      latest: { jobId: job.jobId, jobType: job.jobType, status: "pending", percent: 0, at: at(0) }
    }
  ]
  fake.board.kinds = [kind, { ...kind, fingerprint: "fedcba9876543210", message: "Another" }]

  const html = await bodyOf(get("/search?q=bao-house"))

  expect(html).toContain('<a href="/restaurants/bao-house">')
  expect(html).toContain(`<tr id="job-${job.id}"`)
  expect(html).not.toContain(other.id)
  expect(html).toContain(`href="/failures/${kind.fingerprint}"`)
  expect(html).not.toContain("Another")
})

test("says what it left out of a filter, and when there is nothing", async () => {
  const { fake, get } = makeBoard()
  fake.seed({ status: "failed" })

  expect(await textOf(get("/search?q=status:failed+step:5"))).toContain("no filter knows it: “step:5”")
  expect(await textOf(get("/search?q=nowhere"))).toContain("No restaurant, job or failure of the last 7 days")
})

test("finds the job whose error has an address in it, and no other", async () => {
  const { fake, get } = makeBoard()
  const message = "page.goto: net::ERR_CONNECTION_REFUSED at https://portal.example/menu"
  const refused = fake.seed({ status: "failed", error: { code: "NAVIGATION_TIMEOUT", message, retryable: true } })
  const other = fake.seed({ status: "failed" })

  for (const text of ["net::ERR_CONNECTION_REFUSED", "https://portal.example/menu"]) {
    const html = await bodyOf(get(`/search?q=${encodeURIComponent(text)}`))
    expect(html).toContain(`<tr id="job-${refused.id}"`)
    expect(html).not.toContain(other.id)
    expect(html).not.toContain("no filter knows it")
  }
})

test.each(["status:broken", "step:5", "batch:today", 'type:""', 'error~""', '""'])(
  "lists no jobs for %s, which leaves nothing to search for",
  async (text) => {
    const { fake, get } = makeBoard()
    const job = fake.seed({ status: "failed" })

    const response = await get(`/search?q=${encodeURIComponent(text)}`)

    expect(response.status).toBe(200)
    expect(await response.text()).not.toContain(job.id)
  }
)

test("leads from an id to its job, and from an id of no job to the search", async () => {
  const { fake, get } = makeBoard()
  const job = fake.seed({ restaurantId: "bao-house" })
  const nobodys = "JOB_20260101_000000_00000000"

  expect((await get(`/search?q=${job.id}`)).headers.get("location")).toBe(`/jobs/${job.id}`)
  const response = await get(`/search?q=${nobodys}`)
  expect([response.status, response.headers.get("location")]).toEqual([200, null])
  expect(await textOf(response)).toContain(`has the text “${nobodys}”`)
})

test("offers the nearest wider filter where a list is empty", async () => {
  const { fake, get } = makeBoard()
  fake.seed({ status: "failed" }, 3 * 3_600_000)

  const html = await bodyOf(get("/jobs?status=failed&since=1h"))

  expect(html).toContain("There is 1 in the last 24 hours.")
  expect(html).toContain('href="/jobs?status=failed&amp;since=24h"')
  expect(await textOf(get("/jobs?status=completed"))).toContain("There is 1 with another status.")
  expect(await textOf(get("/jobs?status=completed&type=nothing"))).toContain("Clear the filter to see every job.")
})

test("offers a search where there is no such job", async () => {
  const html = await bodyOf(makeBoard().get("/jobs/nonsense"))

  expect(html).toMatch(/There is no job nonsense\.[\s\S]*action="\/search"[\s\S]*value="nonsense"/u)
})

test("shows the last numbers with their time while the database is away, and starts nothing", async () => {
  const fake = new FakeJobs([tagDishes])
  const away = Effect.fail(new JobsUnavailable({ operation: "list", cause: new Error("gone") }))
  let isAway = false
  const overview = Effect.provide(
    Effect.flatMap(BoardOverview, ({ get }) => get),
    fake.layer
  )
  const layer = Layer.mergeAll(
    fake.layer,
    Layer.succeed(BoardOverview, { get: Effect.suspend(() => (isAway ? away : overview)) }),
    Layer.mock(JobReports, { list: () => away, counts: () => away })
  )
  const { get } = makeBoard({ layer })
  fake.board.overview = { failureKinds: 7 }
  expect(await bodyOf(get("/jobs/new/add-item-tags"))).not.toContain('disabled=""')
  isAway = true

  const html = await bodyOf(get("/jobs"))
  const form = await bodyOf(get("/jobs/new/add-item-tags"))

  expect(form).toMatch(/<button type="submit" class="button button-primary" disabled="">\s*Start job/u)
  expect(form).toContain("Off while the database does not answer.")
  expect(html).toMatch(/id="nav-failures"[^>]*>7</u)
  expect(html).toContain("The database does not answer. The numbers above are from")
  expect(html).toMatch(/href="\/jobs"[^>]*>\s*Try again/u)
})

test("finds a job type by the title that the board shows, which its jobs do not have", async () => {
  const { fake, get } = makeBoard()
  fake.seed({})

  const found = await bodyOf(get("/search?q=ITEM+TAGS"))
  const listed = await bodyOf(get("/jobs?q=item+tags&status=failed"))
  const other = await bodyOf(get("/search?q=nowhere"))

  expect(found).toContain(`href="/jobs?type=${tagDishes.name}"`)
  expect(found).not.toContain("Nothing found")
  expect(listed).toContain(`href="/jobs?status=failed&amp;type=${tagDishes.name}"`)
  expect(listed).toContain("Jobs of the type:")
  expect(other).not.toContain("Jobs of the type")
})
