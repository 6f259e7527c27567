import { expect, test } from "bun:test"
import { at } from "../../support/FakeJobs.ts"
import { bodyOf, makeBoard, partial, textOf } from "./testBoard.ts"

const hidden = (html: string, name: string) => new RegExp(`name="${name}" value="([^"]*)"`, "u").exec(html)?.[1] ?? ""

test("shows what an action on ticked jobs would do, then does it", async () => {
  const { fake, get, post } = makeBoard()
  const [failed, done] = [fake.seed({ status: "failed" }), fake.seed({ status: "completed" })]

  const plan = await bodyOf(get(`/bulk?action=retry&id=${failed.id}`))
  const [key, ids, expected] = ["key", "ids", "expected"].map((name) => hidden(plan, name))
  const started = await post("/bulk", { action: "retry", key: key!, ids: ids!, expected: expected!, filter: "" })

  expect(plan).toContain("Retry 1 job?")
  expect(started.status).toBe(303)
  expect(started.headers.get("location")).toMatch(/^\/bulk\/JOB_/u)
  expect(fake.insights.bulks).toEqual([{ action: "retry", filter: { ids: [failed.id] } }])
  expect(fake.jobs.get(done.id)?.status).toBe("completed")
})

test("means all that match where that was chosen, and says what is left alone", async () => {
  const { fake, get } = makeBoard()
  fake.seed({ restaurantId: "ito" })
  fake.seed({ restaurantId: "ito", status: "completed" })
  fake.seed({ restaurantId: "roma" })

  const plan = await textOf(get("/bulk?action=cancel&all=yes&filter=restaurant%3Dito"))

  expect(plan).toContain("Cancel 1 job?")
  expect(plan).toContain("Of the jobs that match (restaurant ito),")
  expect(plan).toContain("1 done: nothing to cancel")
})

test("does nothing without a reason, or when the number has changed meanwhile", async () => {
  const { fake, post } = makeBoard()
  fake.seed()
  const form = { action: "cancel", filter: "", expected: "1", key: "k" }

  const unreasoned = await post("/bulk", form)
  fake.seed()
  const changed = await post("/bulk", { ...form, reason: "Portal is down" })

  expect([unreasoned.status, await textOf(unreasoned)]).toEqual([409, expect.stringContaining("Say why.")])
  expect([changed.status, await textOf(changed)]).toEqual([409, expect.stringContaining("now it is 2 jobs")])
  expect(fake.insights.bulks).toEqual([])
})

test("cancels those that are left where some ended since the plan was made, but retries only what was planned", async () => {
  const { fake, post } = makeBoard()
  fake.seed()
  fake.seed({ status: "failed" })
  const sent = (action: string, expected: string, reason = "Wrong menu") =>
    post("/bulk", { action, filter: "", expected, reason, key: crypto.randomUUID() })

  const fewer = await sent("cancel", "31")
  const uncounted = await sent("cancel", "at least")
  const none = await sent("cancel", "0")
  const retried = await sent("retry", "2")

  expect([fewer.status, uncounted.status, none.status]).toEqual([303, 303, 409])
  expect([retried.status, await textOf(retried)]).toEqual([409, expect.stringContaining("now it is 1 job")])
  expect(fake.insights.bulks).toHaveLength(2)
})

test("says before a retry that a job which was planned for later waits for its time", async () => {
  const { fake, get } = makeBoard()
  const runAt = at(Date.now() + 6 * 3_600_000)
  const planned = fake.seed({ status: "cancelled", runAt })
  const started = fake.seed({ status: "cancelled", runAt, startedAt: at(Date.now()), attempts: 1 })
  const said = async (path: string) => (await textOf(get(path))).includes("planned for later")

  expect(await said(`/jobs/${planned.jobId}/retry`)).toBe(true)
  expect(await said(`/jobs/${started.jobId}/retry`)).toBe(false)
  expect(await said("/bulk?action=retry&all=yes")).toBe(true)
  expect(await said("/bulk?action=cancel&all=yes")).toBe(false)
})

test("follows an action on many jobs, and stops it", async () => {
  const { fake, get, post } = makeBoard()
  const job = fake.seed({
    jobType: "change-many-jobs",
    status: "in_progress",
    lane: "default",
    input: { action: "retry", filter: { status: ["failed"] }, reason: "portal fixed" },
    progress: { percent: 10, totalSteps: 1, message: "19 of 30 jobs retried" },
    createdBy: "op-1"
  })

  const page = await textOf(get(`/bulk/${job.jobId}`))
  const part = await bodyOf(get(`/bulk/${job.jobId}`, partial))
  const stopped = await post(`/bulk/${job.jobId}/stop`)

  expect(page).toMatch(/Retrying many jobs .*19 of 30 jobs retried\. .*by op-1 : “portal fixed”/u)
  expect(part).toMatch(/^<section id="bulk"[^>]*hx-trigger="every 2s"/u)
  expect(stopped.headers.get("location")).toBe(`/bulk/${job.jobId}`)
  expect(fake.jobs.get(job.id)?.cancelRequestedAt).toBeDefined()
  expect((await get(`/bulk/${fake.seed().jobId}`)).status).toBe(404)
})

const common = {
  "input.portal.email": "a@b.example",
  "input.portal.password": "hunter2",
  "input.dishes.length": "0",
  key: "k1"
}
const csvPath = "/jobs/new/add-item-tags/csv"

test("checks every row of a table before it starts anything", async () => {
  const { fake, post } = makeBoard()

  const checked = await post(csvPath, { ...common, csv: "restaurantId,limit\nroma,3\n,2\nito,99", check: "yes" })
  const text = await textOf(checked)
  const refused = await post(csvPath, { ...common, csv: "restaurantId,limit\nroma,3\n,2" })

  expect([checked.status, refused.status]).toEqual([422, 422])
  expect(text).toContain("1 row is fine, 2 are not.")
  expect(text).toMatch(/3 restaurantId: Fill this in\. 4 limit: /u)
  expect(fake.jobs.size).toBe(0)
})

test("says which rows have more cells than there are columns, and starts none of them", async () => {
  const { fake, post } = makeBoard()
  const csv = "restaurantId,limit\nroma,3,Vegan\nito,2\nlumen,1,\n"

  const refused = await post(csvPath, { ...common, csv })
  await post(csvPath, { ...common, csv, skip: "yes" })

  expect(refused.status).toBe(422)
  const reason = "The row has 3 cells, the first line 2."
  expect(await textOf(refused)).toContain(`1 row is fine, 2 are not. Line What is wrong 2 ${reason} 4 ${reason}`)
  expect([...fake.jobs.values()].map(({ restaurantId }) => restaurantId)).toEqual(["ito"])
})

test("answers for a job type that there is not as the form of one job does", async () => {
  const { get, post } = makeBoard()

  const answers = [
    await get("/jobs/new/nothing"),
    await post("/jobs/new/nothing", common),
    await get("/jobs/new/nothing/csv"),
    await post("/jobs/new/nothing/csv", { ...common, csv: "restaurantId\nroma" }),
    await post("/jobs/new/nothing/csv", { ...common, csv: "" }, partial)
  ]

  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404])
  for (const response of answers) expect(await textOf(response)).toContain("There is no job type named “nothing”.")
})

test("starts one job for each row, or for each that is fine", async () => {
  const { fake, post } = makeBoard()

  const started = await post(csvPath, { ...common, csv: "restaurantId\nroma\n", skip: "yes" })
  await post(csvPath, { ...common, key: "k2", csv: "restaurantId,limit\nito,99\nlumen,1", skip: "yes" })

  expect(started.headers.get("location")).toMatch(/^\/jobs\?batch=/u)
  expect([...fake.jobs.values()].map(({ restaurantId }) => restaurantId)).toEqual(["roma", "lumen"])
})

test("takes a table as a spreadsheet copies it, and says where a quotation mark is not closed", async () => {
  const { fake, post } = makeBoard()

  await post(csvPath, { ...common, csv: "restaurantId\tlimit\r\nroma\t3\r\n" })
  const broken = await post(csvPath, { ...common, key: "k2", csv: 'restaurantId\tlimit\nito\t"3\nlumen\t1' })

  expect([...fake.jobs.values()].map(({ input }) => input)).toEqual([
    expect.objectContaining({ restaurantId: "roma", limit: 3 })
  ])
  expect(broken.status).toBe(422)
  expect(await textOf(broken)).toContain("The quotation mark that opens a cell in line 2 is not closed.")
})

test("takes no secret from a table, and sends none back", async () => {
  const { fake, post } = makeBoard()

  const html = await bodyOf(post(csvPath, { ...common, csv: "restaurantId,portal.password\nroma,x" }))

  expect(html).toContain("There is no field named “portal.password” for a table.")
  expect(html).not.toContain("hunter2")
  expect(fake.jobs.size).toBe(0)
})

test("says that nothing was ticked, and leads back to the list as it was chosen", async () => {
  const { get, post } = makeBoard()
  const filter = "status=scheduled&restaurant=ito"

  for (const answer of [
    await get(`/bulk?action=retry&filter=${encodeURIComponent(filter)}`),
    await post("/bulk", { action: "retry", filter })
  ]) {
    expect(answer.status).toBe(422)
    const page = await bodyOf(answer)
    expect(page).toContain("Tick jobs first.")
    expect(page).toContain('href="/jobs?status=scheduled&amp;restaurant=ito"')
  }
})
