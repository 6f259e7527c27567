import { expect, test } from "bun:test"
import { at } from "../../support/FakeJobs.ts"
import { bodyOf, makeBoard, textOf } from "./testBoard.ts"

const worker = {
  name: "w1",
  startedAt: at(0),
  seenAt: at(0),
  alive: false,
  draining: false,
  places: { browser: 2 },
  running: 1,
  jobs: [],
  version: "0.1.0",
  memoryMb: 612
}

test("shows lanes and workers, and pauses a lane with who and why", async () => {
  const { fake, get, post } = makeBoard()
  fake.insights.workers = [worker]

  const before = await textOf(get("/fleet"))
  const paused = await post("/fleet/lanes/browser/pause", { reason: "Portal is down" })
  const after = await textOf(get("/fleet"))
  await post("/fleet/lanes/browser/resume", {})

  expect(await bodyOf(get("/fleet"))).toContain('href="/jobs?status=pending&amp;queue=browser"')
  expect(before).toMatch(/w1 No sign of life.* 2 for browser jobs 0\.1\.0 612 MB/u)
  expect([paused.status, paused.headers.get("location")]).toEqual([303, "/fleet"])
  expect(after).toMatch(/Paused .* by this computer : “Portal is down”|by this computer: “Portal is down”/u)
  expect(await textOf(get("/fleet"))).not.toContain("Portal is down")
})

test("does not pause without a reason, or a lane that does not exist", async () => {
  const { get, post } = makeBoard()

  const refused = await post("/fleet/lanes/browser/pause", { reason: " " })

  expect(refused.status).toBe(422)
  expect(await textOf(refused)).toContain("Say why")
  expect(await textOf(get("/fleet"))).not.toContain("Resume")
  expect((await post("/fleet/lanes/nonsense/pause", { reason: "x" })).status).toBe(404)
})

test("leads back only to pages of its own", async () => {
  const { post } = makeBoard()

  const response = await post("/types/add-item-tags/pause", { reason: "x", back: "//evil.example" })

  expect(response.headers.get("location")).toBe("/fleet")
})

test("says on the form of a job that its kind is paused, by whom and why", async () => {
  const { get, post } = makeBoard()
  expect(await textOf(get("/jobs/new/add-item-tags"))).not.toContain("Paused")

  await post("/types/add-item-tags/pause", { reason: "The portal is down" })

  const text = await textOf(get("/jobs/new/add-item-tags"))
  expect(text).toMatch(/Paused .* by .*“The portal is down” A job that you start now waits/u)
})

test("shows job types with their times, steps and most common errors", async () => {
  const { fake, get } = makeBoard()
  const times = { runs: 9, p25Ms: 4_000, medianMs: 5_000, p75Ms: 6_000, p90Ms: 9_000 }
  fake.insights.estimates.set("add-item-tags", {
    times,
    ended: 10,
    failed: 1,
    durationsMs: [4_000, 6_000],
    steps: new Map([["sign-in", { times, failed: 1, commonError: "<b>No</b> menu" }]])
  })
  fake.insights.ended.set("add-item-tags", { days: [], since: at(Date.now()) })

  expect(await bodyOf(get("/types"))).toMatch(/<title>(?:\(\d+\) )?Job types · /u)
  expect(await textOf(get("/types"))).toMatch(/Add item tags In a browser 5 s 9 s 90% 10 jobs/u)
  const page = await bodyOf(get("/types/add-item-tags"))
  expect(page).toContain("&lt;b&gt;No&lt;/b&gt; menu.")
  expect(page).toMatch(/<rect class="chart-bar" x="0.00%"/u)
  expect(page).toContain("No job was done or failed today.")
  expect(await textOf(get("/types/add-item-tags"))).toMatch(
    /A try takes at most [^.]+\. A job is tried at most \d times\./u
  )
  expect(page).toContain("Only the newest jobs are counted")
  expect((await get("/types/nonsense")).status).toBe(422)
})

const weekly = {
  name: "Weekly",
  cron: "0 6 * * 1",
  timeZone: "Europe/Rome",
  missedRuns: "skip",
  overlap: "skip",
  "input.portal.email": "a@b.example",
  "input.portal.password": "hunter2",
  "input.restaurantId": "x",
  "input.dishes.length": "0"
}

test("makes, shows, pauses, runs and removes a schedule", async () => {
  const { fake, get, post } = makeBoard()
  const form = weekly

  const wrong = await post("/schedules/new?type=add-item-tags", { ...form, cron: "often", "input.restaurantId": "" })
  const made = await post("/schedules/new?type=add-item-tags", form)
  const path = made.headers.get("location") ?? ""
  const page = await textOf(get(path))
  const renamed = await post(path, { ...form, name: "Monday" })
  const paused = await post(`${path}/pause`, { back: path })
  const list = await textOf(get("/schedules"))
  const refused = await post(`${path}/run`)
  await post(`${path}/resume`)
  const run = await post(`${path}/run`)
  await post(`${path}/remove`)

  expect(wrong.status).toBe(422)
  const told = await textOf(wrong)
  expect(told).toMatch(/When : .*Expected five fields/u)
  expect(told).not.toMatch(/cron :|Now it says/u)
  expect(await bodyOf(post("/schedules/new?type=add-item-tags", { ...form, cron: "" }))).not.toContain("hunter2")
  expect(page).toMatch(/At 06:00, only on Monday \(Europe\/Rome\)\. Each time a job “Add item tags”/u)
  expect(page).toContain("This cannot be changed on the board; the API can.")
  expect([renamed.status, paused.headers.get("location")]).toEqual([303, path])
  expect(list).toMatch(/Run now Monday .*Resume Monday /u)
  expect(list).toMatch(/Monday Add item tags At 06:00, only on Monday Europe\/Rome Paused/u)
  expect([refused.status, await textOf(refused)]).toEqual([409, expect.stringContaining("It cannot.")])
  expect(run.headers.get("location")).toMatch(/^\/jobs\/JOB_/u)
  expect(fake.insights.schedules.all.size).toBe(0)
  expect((await get(path)).status).toBe(404)
})

test("offers names of time zones on the form of a schedule", async () => {
  const html = await bodyOf(makeBoard().get("/schedules/new?type=add-item-tags"))

  const list = /name="timeZone"[^>]* list="([^"]+)"/u.exec(html)?.[1]
  const offered = html.split(`<datalist id="${list}">`)[1]?.split("</datalist>")[0]
  expect(offered).toStartWith('<option value="UTC"')
  expect(offered).toContain('<option value="Europe/Rome"')
})

test("changes of a schedule what the reader changed, and leaves what somebody else did meanwhile", async () => {
  const { fake, get, post } = makeBoard()
  const made = await post("/schedules/new?type=add-item-tags", weekly)
  const path = made.headers.get("location") ?? ""
  const form = async () => {
    const html = await bodyOf(get(path))
    const was = [...html.matchAll(/name="(was\.\w+)" value="([^"]*)"/gu)].map(([, name, value]) => [name, value])
    return { ...weekly, ...Object.fromEntries(was) } as typeof weekly
  }
  const [one, other] = [await form(), await form()]

  await post(path, { ...one, cron: "0 5 * * *" })
  const wrong = await post(path, { ...other, name: "Early", timeZone: "Nowhere" })
  await post(path, { ...other, name: "Early" })

  const html = await bodyOf(wrong)
  expect(html).toContain('name="was.cron" value="0 6 * * 1"')
  expect(html).toMatch(/id="form-errors" tabindex="-1" autofocus=""><h2>The schedule was not changed/u)
  const [schedule] = fake.insights.schedules.all.values()
  expect(schedule).toMatchObject({ name: "Early", cron: "0 5 * * *", timeZone: "Europe/Rome" })
})

test("adds an item to the form of a schedule instead of making it", async () => {
  const { fake, post } = makeBoard()

  const html = await bodyOf(post("/schedules/new?type=add-item-tags", { "input.dishes.length": "0", add: "dishes" }))

  expect(html).toContain('name="input.dishes[0].name"')
  expect(fake.insights.schedules.all.size).toBe(0)
})

test("keeps settings in a cookie and puts them on every page", async () => {
  const { get, post } = makeBoard()

  const saved = await post("/settings", {
    density: "compact",
    zone: "utc",
    keys: "off",
    announce: "none",
    pictures: "on"
  })
  const [cookie] = (saved.headers.get("set-cookie") ?? "").split(";")
  const html = await bodyOf(get("/jobs", { cookie: cookie ?? "" }))

  expect(saved.status).toBe(303)
  expect(html).toMatch(/<html[^>]* data-density="compact" data-zone="utc" data-keys="off" data-announce="none">/u)
  expect(await bodyOf(get("/jobs"))).not.toContain("data-density")
})
