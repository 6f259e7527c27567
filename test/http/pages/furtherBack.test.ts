/** Lists that were not looked through to the end. */
import { expect, test } from "bun:test"
import { DateTime, Effect, Layer } from "effect"
import { type JobCounts, type JobPage, JobReports } from "../../../src/domain/JobReports.ts"
import { ShownStatus } from "../../../src/domain/JobStatus.ts"
import { FakeJobs } from "../../support/FakeJobs.ts"
import { tagDishes } from "../../support/tagDishes.ts"
import { bodyOf, makeBoard, textOf } from "./testBoard.ts"

const lookedUntil = DateTime.makeUnsafe("2026-11-16T14:29:09Z")
const none = Object.fromEntries(ShownStatus.literals.map((status) => [status, 0])) as unknown as JobCounts

/** A board whose list ended early: with this page, and with these counts. */
const boardOf = (page: (fake: FakeJobs) => JobPage, counts: Partial<JobCounts>) => {
  const fake = new FakeJobs([tagDishes])
  const reports = Layer.mock(JobReports, {
    list: () => Effect.sync(() => page(fake)),
    counts: () => Effect.succeed({ ...none, ...counts })
  })
  return makeBoard({ fake, layer: Layer.merge(fake.layer, reports) })
}

const retryFailed = "/bulk?filter=status%3Dfailed%26q%3Dmenu&all=yes&action=retry"

test("says how far a list without jobs was looked through, and leads further back instead of to a wider filter", async () => {
  const { get } = boardOf(() => ({ jobs: [], nextCursor: "older", lookedUntil }), { atLeast: ShownStatus.literals })

  const page = await textOf(get("/jobs?label=rare&since=7d"))
  const html = await (await get("/jobs?label=rare&since=7d")).text()

  expect(page).toContain("All ? not counted")
  expect(page).toContain("Nothing found so far.")
  expect(page).toContain("Older ones may match too.")
  expect(page).not.toContain("at any time")
  expect(html).toContain('datetime="2026-11-16T14:29:09.000Z"')
  expect(html).toMatch(/href="\/jobs\?label=rare&amp;since=7d&amp;after=older">\s*Search older jobs/u)
})

test("does not say that a search found nothing where it has not looked at all jobs", async () => {
  const { get } = boardOf(() => ({ jobs: [], nextCursor: "older", lookedUntil }), {})

  const [html, text] = [await (await get("/search?q=soup")).text(), await textOf(get("/search?q=soup"))]

  expect(text).toContain("Nothing found so far.")
  expect(text).not.toContain("Nothing found.")
  expect(html).toMatch(/href="\/jobs\?q=soup&amp;after=older">\s*Search older jobs/u)
})

test("says of a later page without jobs that there are no older ones", async () => {
  const { get } = boardOf(() => ({ jobs: [] }), {})

  const text = await textOf(get("/jobs?status=failed&after=older"))

  expect(text).toContain("No older jobs match.")
  expect(text).toContain("Newest jobs")
  expect(text).not.toContain("not all jobs were counted")
})

test("counts at least what it lists, and says where there may be more", async () => {
  const { get, fake } = boardOf(({ jobs }) => ({ jobs: [...jobs.values()], nextCursor: "older", lookedUntil }), {
    completed: 1_000,
    failed: 1,
    atLeast: ["failed", "completed"]
  })
  fake.seed({ status: "failed" })
  fake.seed({ status: "failed" })

  const tabs = await textOf(get("/jobs?q=menu"))

  expect(tabs).toContain("Failed 2+")
  expect(tabs).toContain("on a tab: not all jobs were counted")
  expect(tabs).toContain("Done 1,000+")
  expect(tabs).toContain("Cancelled 0")
  expect(tabs).toContain("Select all 1,000+ matching")
})

test("tells a bulk plan that it may be more jobs than were counted", async () => {
  const { get } = boardOf(() => ({ jobs: [] }), { failed: 12, atLeast: ["failed"] })

  expect(await textOf(get(retryFailed))).toContain("Retry at least 12 jobs?")
})

test("offers to retry all that match where counting met none of them, and asks why", async () => {
  const { fake, get, post } = boardOf(() => ({ jobs: [] }), {
    failed: 0,
    completed: 7,
    atLeast: ["failed", "completed"]
  })

  const html = await bodyOf(get(retryFailed))
  const plan = await textOf(get(retryFailed))
  const expected = /name="expected" value="([^"]*)"/u.exec(html)?.[1] ?? ""
  const form = { action: "retry", filter: "status=failed&q=menu", all: "yes", key: "k", expected }
  const unreasoned = await post("/bulk", form)
  const started = await post("/bulk", { ...form, reason: "The portal is back" })

  expect(plan).toContain("Retry all that match?")
  expect(plan).toContain("Not all were counted.")
  expect(plan).not.toContain("Nothing to do")
  expect(await textOf(unreasoned)).toContain("Say why.")
  expect([started.status, started.headers.get("location")]).toEqual([303, expect.stringMatching(/^\/bulk\/JOB_/u)])
  expect(fake.insights.bulks).toMatchObject([{ action: "retry", filter: { status: ["failed"], q: "menu" } }])
})

test("takes the yes to a number that was not counted to the end, however it has changed", async () => {
  const counts = { failed: 30, atLeast: ["failed"] as ShownStatus[] }
  const { fake, get, post } = boardOf(() => ({ jobs: [] }), counts)

  const expected = /name="expected" value="([^"]*)"/u.exec(await bodyOf(get(retryFailed)))?.[1] ?? ""
  fake.seed({ status: "failed" })
  counts.failed = 45
  const form = { action: "retry", filter: "status=failed&q=menu", all: "yes", key: "k", reason: "Back", expected }

  expect((await post("/bulk", form)).status).toBe(303)
  counts.atLeast = []
  const exact = await post("/bulk", { ...form, key: "l" })
  expect([exact.status, await textOf(exact)]).toEqual([409, expect.stringContaining("now it is 45 jobs")])
})

test("tells what an action leaves alone as counted, or as at least so many", async () => {
  const { get } = boardOf(() => ({ jobs: [] }), { failed: 2, completed: 7, pending: 3, atLeast: ["completed"] })

  const plan = await textOf(get("/bulk?filter=q%3Dmenu&all=yes&action=retry"))

  expect(plan).toContain("at least 7 done: only failed")
  expect(plan).toContain("Left alone: 3 waiting to start: only failed")
  expect(plan).toContain("Retry 2 jobs?")
})

test("tells how many jobs a wider filter has, or that there are at least so many", async () => {
  const { get } = boardOf(() => ({ jobs: [] }), { completed: 7, atLeast: ["completed"] })

  expect(await textOf(get("/jobs?q=menu&status=failed"))).toContain("There are at least 7 with another status.")
})

test("says on a later page how far it looked, and nothing of the newest jobs", async () => {
  const { get } = boardOf(() => ({ jobs: [], nextCursor: "older", lookedUntil }), {})

  const page = await textOf(get("/jobs?label=rare&after=c1"))

  expect(page).toContain("Nothing found so far.")
  expect(page).toContain("the oldest one so far was created")
  expect(page).not.toContain("newest jobs")
})
