import { expect, test } from "bun:test"
import { Effect, Layer } from "effect"
import { COUNT_LIMIT, JobReports, type StatusCounts } from "../../../src/domain/JobReports.ts"
import { Jobs, JobsUnavailable } from "../../../src/domain/Jobs.ts"
import { FakeJobs } from "../../support/FakeJobs.ts"
import { tagDishes } from "../../support/tagDishes.ts"
import { bodyOf, makeBoard, partial, textOf } from "./testBoard.ts"

test("shows each job with its status, name, sentence and tries", async () => {
  const { fake, get } = makeBoard()
  const job = fake.seed({
    status: "in_progress",
    attempts: 1,
    restaurantId: "Bao <House>",
    progress: { percent: 40, step: 2, totalSteps: 3, stepName: "add-tags" }
  })

  const html = await bodyOf(get("/jobs"))

  expect(html).toContain(`<tr id="job-${job.id}"`)
  expect(html).toContain(`<a href="/jobs/${job.jobId}">Add item tags</a>`)
  expect(html).toContain("Bao &lt;House&gt;")
  expect(html).toContain('<progress class="bar st-in_progress" max="100" value="40"')
  expect(await textOf(get("/jobs"))).toContain("Step 2 of 3: Add tags.")
})

test("greets newcomers with a practice job, which a double click starts once", async () => {
  const { fake, get, post } = makeBoard()
  const html = await bodyOf(get("/jobs"))
  const key = /name="key" value="([^"]+)"/u.exec(html)?.[1] ?? ""

  const answers = await Promise.all([post("/jobs/practice", { key }), post("/jobs/practice", { key })])

  expect(html).toContain("No jobs yet.")
  expect(answers.map((answer) => answer.status)).toEqual([303, 303])
  expect([...fake.jobs.values()].map((job) => `/jobs/${job.jobId}`)).toEqual([
    answers[0]?.headers.get("location") ?? "none"
  ])
})

test("keeps to one batch while its other filters change", async () => {
  const { fake, get } = makeBoard()
  const batchId = "018f0000-0000-7000-8000-00000000ba7c"
  const [inside, outside] = [fake.seed({ batchId }), fake.seed()]

  const html = await bodyOf(get(`/jobs?batch=${batchId}`))

  expect(html).toContain(`id="job-${inside.id}"`)
  expect(html).not.toContain(`id="job-${outside.id}"`)
  expect(html).toContain(`<input type="hidden" name="batch" value="${batchId}"`)
  expect(html).toContain(`Batch ${batchId.slice(0, 8)}…`)
})

test("offers no practice job where its type is not known", async () => {
  const text = await textOf(makeBoard({ fake: new FakeJobs([]) }).get("/jobs"))

  expect(text).toContain("No jobs yet.")
  expect(text).not.toContain("Run a practice job")
})

test("lists only what the filter asks for and says so when that is nothing", async () => {
  const { fake, get } = makeBoard()
  const failed = fake.seed({ status: "failed" })
  const done = fake.seed({ status: "completed" })

  const html = await bodyOf(get("/jobs?status=failed&colour=red"))

  expect(html).toContain(`job-${failed.id}`)
  expect(html).not.toContain(`id="job-${done.id}`)
  expect(await textOf(get("/jobs?restaurant=nowhere"))).toContain("No job of nowhere matches.")
})

test("pages through older jobs by cursor, and forgets a cursor that is not its own", async () => {
  const { fake, get } = makeBoard()
  for (let number = 0; number < 51; number++) fake.seed()
  const oldest = [...fake.jobs.values()][0]

  const first = await bodyOf(get("/jobs"))
  const older = /href="(\/jobs\?after=[^"]+)"/u.exec(first)?.[1] ?? ""

  expect(first).not.toContain(`id="job-${oldest?.id}`)
  expect(await bodyOf(get(older))).toContain(`id="job-${oldest?.id}`)
  expect((await get("/jobs?q=soup&after=made-up")).headers.get("location")).toBe("/jobs?q=soup")
})

test("counts up to the limit and not beyond", async () => {
  const fake = new FakeJobs([tagDishes])
  fake.seed()
  const counts = { failed: COUNT_LIMIT, pending: 2 } as Partial<StatusCounts>
  const none = { scheduled: 0, in_progress: 0, retry_wait: 0, needs_input: 0, completed: 0, cancelled: 0 }
  const counting = Layer.effect(
    JobReports,
    Effect.map(JobReports, (reports) => ({
      ...reports,
      counts: () => Effect.succeed({ ...none, ...counts } as StatusCounts)
    }))
  ).pipe(Layer.provide(fake.layer))

  const text = await textOf(makeBoard({ layer: Layer.merge(fake.layer, counting) }).get("/jobs"))

  expect(text).toContain("Failed 1,000+")
  expect(text).toContain("All 1,000+")
  expect(text).toContain("Waiting 2")
})

test("answers htmx with the results alone and the canonical address", async () => {
  const { fake, get } = makeBoard()
  fake.seed()
  const from = (current: string) => ({ ...partial, "HX-Current-URL": `http://localhost${current}` })

  const filtered = await get("/jobs?type=add-item-tags&q=&restaurant=", from("/jobs"))
  const typed = await get("/jobs?q=add", from("/jobs?q=ad"))

  expect(await filtered.text()).toStartWith('<section id="results"')
  expect(filtered.headers.get("hx-push-url")).toBe("/jobs?type=add-item-tags")
  expect(typed.headers.get("hx-replace-url")).toBe("/jobs?q=add")
  expect(typed.headers.get("vary")).toContain("HX-Request-Type")
})

test("makes no step to come back to where the list stays the same", async () => {
  const { get } = makeBoard()
  const headersOf = async (path: string, current: string) => {
    const { headers } = await get(path, { ...partial, "HX-Current-URL": `http://localhost${current}` })
    return { push: headers.get("hx-push-url"), replace: headers.get("hx-replace-url") }
  }

  const [same, spelled, fromOlder] = await Promise.all([
    headersOf("/jobs?type=&q=soup", "/jobs?q=soup"),
    headersOf("/jobs?q=soup", "/jobs?q=soup&colour=red"),
    headersOf("/jobs?q=soup", "/jobs?q=soup&after=cursor")
  ])

  expect(same).toEqual({ push: null, replace: "/jobs?q=soup" })
  expect(spelled).toEqual({ push: null, replace: "/jobs?q=soup" })
  expect(fromOlder).toEqual({ push: "/jobs?q=soup", replace: null })
})

test("takes an id in the search box straight to its job, and a filter in words to the list", async () => {
  const { fake, get } = makeBoard()
  const { id, jobId } = fake.seed()

  const places = await Promise.all(
    [id.toUpperCase(), ` ${jobId} `, "status:failed bao"].map((q) => get(`/search?${new URLSearchParams({ q })}`))
  )

  expect(places.map((place) => place.headers.get("location"))).toEqual([
    `/jobs/${id}`,
    `/jobs/${jobId}`,
    "/jobs?status=failed&q=bao"
  ])
})

test("says that the database is away: a page, or a toast for htmx", async () => {
  const fake = new FakeJobs([tagDishes])
  const away = Effect.fail(new JobsUnavailable({ operation: "list", cause: new Error("secret host name") }))
  const broken = Layer.mergeAll(
    fake.layer,
    Layer.mock(JobReports, { list: () => away, counts: () => away }),
    Layer.mock(Jobs, {})
  )
  const { get } = makeBoard({ layer: broken })

  const page = await get("/jobs")
  const toast = await get("/jobs", partial)

  expect([page.status, toast.status]).toEqual([503, 503])
  expect(await page.text()).toMatch(/<html.*The database cannot be used right now/su)
  expect(await toast.text()).toStartWith('<hx-partial hx-target="#toasts-alert"')
})

test("shows only jobs that are not older than was asked for", async () => {
  const { fake, get } = makeBoard()
  const [young, old] = [fake.seed({}, 60_000), fake.seed({}, 7_200_000)]

  const html = await bodyOf(get("/jobs?since=1h"))

  expect(html).toContain(young.jobId)
  expect(html).not.toContain(old.jobId)
  expect(html).toContain('<option value="1h" selected="">')
})

test("lets rows be ticked, and says how many match", async () => {
  const { fake, get } = makeBoard()
  const job = fake.seed({ restaurantId: "ito" })
  fake.seed({ status: "failed" })

  const html = await bodyOf(get("/jobs?status=pending"))

  expect(html).toContain(`value="${job.id}" form="bulk-form"`)
  expect(html).toMatch(/name="filter" value="status=pending".*Select all 1 matching/su)
})
