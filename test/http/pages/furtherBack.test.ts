/** Lists that were not looked through to the end. */
import { expect, test } from "bun:test"
import { DateTime, Effect, Layer } from "effect"
import { type JobCounts, type JobPage, JobReports } from "../../../src/domain/JobReports.ts"
import { ShownStatus } from "../../../src/domain/JobStatus.ts"
import { FakeJobs } from "../../support/FakeJobs.ts"
import { tagDishes } from "../../support/tagDishes.ts"
import { makeBoard, textOf } from "./testBoard.ts"

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

  expect(await textOf(get("/bulk?filter=status%3Dfailed%26q%3Dmenu&all=yes&action=retry"))).toContain(
    "Retry at least 12 jobs?"
  )
})
