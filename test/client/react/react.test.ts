/** The components on a page of a team, in a real browser, against a real Callboard. */
import { afterAll, beforeAll, expect, test } from "bun:test"
import { Effect } from "effect"
import type { Page, Route } from "playwright"
import { openStage, type Stage } from "./scenes.ts"

const LONGEST_MS = 60_000

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
}, LONGEST_MS)
afterAll(() => stage.close(), LONGEST_MS)

const told = (page: Page) => page.evaluate(() => window.seen.told)
const asked = (page: Page) => page.evaluate(() => [...window.seen.asked])
/** What is on its way has arrived, and was taken note of: that runs before what this message starts. */
const settled = (page: Page) =>
  page.evaluate(async () => {
    await Promise.all(window.seen.underWay)
    const { port1, port2 } = new MessageChannel()
    await new Promise((resolve) => {
      port1.onmessage = resolve
      port2.postMessage("")
    })
    port1.close()
  })
/** Moves the page's clock. */
const pass = async (page: Page, seconds: number) => {
  await settled(page)
  for (let second = 0; second < seconds; second++) {
    await page.clock.runFor(1_000)
    await settled(page)
  }
}
const withClock = async (page: Page) => {
  await page.clock.install({ time: "2026-11-22T06:00:00Z" })
  await page.clock.pauseAt("2026-11-22T06:30:00Z")
}
/** What a browser does when another tab is looked at. */
const hide = (page: Page, isHidden: boolean) =>
  page.evaluate(
    (state) => {
      Object.defineProperty(document, "visibilityState", { value: state, configurable: true })
      document.dispatchEvent(new Event("visibilitychange", { bubbles: true }))
    },
    isHidden ? "hidden" : "visible"
  )
const pauses = (times: ReadonlyArray<number>) => times.slice(1).map((at, n) => Math.round((at - times[n]!) / 1_000))
const stateOf = async (page: Page) => JSON.parse((await page.locator("output").textContent()) ?? "{}")
const tracker = (page: Page) => page.locator(".cb-tracker")
const isShown = (page: Page, word: string) => tracker(page).getByText(word, { exact: true }).waitFor()
const outputHas = (page: Page, text: string) => page.locator("output", { hasText: text }).waitFor()
const cut = (route: Route) => route.abort()
const jobsOf = async (gates: string) => {
  const { body } = await Effect.runPromise(
    stage.callboard.json<{ data: ReadonlyArray<{ id: string; input: { gates: string } }> }>("/api/jobs?limit=200")
  )
  return body.data.filter(({ input }) => input.gates === gates)
}

for (const react of [19, 18] as const) {
  test(
    `shows a trip at once, then how far it is, then what came of it, with React ${react}`,
    async () => {
      const trip = stage.makeTrip()
      const page = await stage.openScene("plan", { gates: trip.gates, react })
      // The answer to the first request waits until the optimistic job was looked at.
      let answer = () => {}
      const isLookedAt = new Promise<void>((resolve) => (answer = resolve))
      await page.route("**/api/jobs", async (route) => {
        await isLookedAt
        await route.continue()
      })

      await page.getByRole("button", { name: "Plan", exact: true }).click()
      await isShown(page, "Waiting to start")
      const optimistic = await stateOf(page)
      answer()
      await isShown(page, "Running")
      const real = await stateOf(page)
      trip.open("outline")
      await tracker(page).getByText("Writing the days").waitFor()
      const bar = tracker(page).getByRole("progressbar", { name: "Progress of Trip to Rome" })
      const half = await bar.getAttribute("aria-valuenow")
      trip.open("days")
      await tracker(page).getByText("5 days").waitFor()

      expect(optimistic).toMatchObject({ isOptimistic: true, jobId: optimistic.clientRef })
      expect(real).toMatchObject({ isOptimistic: false, clientRef: optimistic.clientRef })
      expect(half).toBe("50")
      expect(await jobsOf(trip.gates)).toMatchObject([{ id: real.jobId, clientRef: real.clientRef }])
      expect((await told(page)).filter((line) => !line.startsWith("progress"))).toEqual(["complete 5"])
      expect(await told(page)).toContain("progress 50")
      expect(await tracker(page).getByRole("status").textContent()).toBe("Trip to Rome: Done")
      await page.close()
    },
    LONGEST_MS
  )
}

test(
  "says why a trip failed, and runs it again",
  async () => {
    const trip = stage.makeTrip()
    trip.finish()
    const page = await stage.openScene("plan", { gates: trip.gates })

    await page.getByRole("button", { name: "Plan nowhere" }).click()
    await tracker(page).getByText("There is no such city").waitFor()
    await page.getByRole("button", { name: "Retry Trip to Rome" }).click()
    await page.waitForFunction(() => window.seen.told.filter((line) => line.startsWith("error")).length === 2)

    expect((await told(page)).filter((line) => line.startsWith("error"))).toEqual([
      "error There is no such city",
      "error There is no such city"
    ])
    await page.close()
  },
  LONGEST_MS
)

test(
  "says why a trip waits, and cancels it",
  async () => {
    const [first, second] = [stage.makeTrip(), stage.makeTrip()]
    await stage.create(first.gates, { concurrencyKey: "rome" })
    const { id } = await stage.create(second.gates, { concurrencyKey: "rome" })
    const page = await stage.openScene("together", { job: id })

    await tracker(page).getByText("Another job works on the same thing").waitFor()
    await page.getByRole("button", { name: "Cancel Trip to Rome" }).click()
    await isShown(page, "Cancelled")
    first.finish()

    expect(await page.getByText("Cancelled", { exact: true }).count()).toBe(3)
    expect(await page.getByRole("button", { name: "Retry Trip to Rome" }).isVisible()).toBe(true)
    await page.close()
  },
  LONGEST_MS
)

test(
  "lets people answer what a job asks",
  async () => {
    const { id } = await stage.createGuide()
    const page = await stage.openScene("together", { job: id })

    await page.getByLabel("Code from the text message").fill("123456")
    await page.getByRole("button", { name: "Send" }).click()
    await page.getByRole("button", { name: "Paris" }).click()
    await page.getByRole("button", { name: "Yes" }).click()
    await isShown(page, "Done")

    const { result } = await Effect.runPromise(stage.callboard.job(id))
    expect(result).toEqual({ code: "6 digits", city: "Paris", sure: true })
    await page.close()
  },
  LONGEST_MS
)

test(
  "creates one job where React mounts everything twice",
  async () => {
    const trip = stage.makeTrip()
    trip.finish()
    const page = await stage.openScene("mount", { gates: trip.gates })

    await tracker(page).getByText("5 days").waitFor()

    expect(await jobsOf(trip.gates)).toHaveLength(1)
    expect((await told(page)).filter((line) => line.startsWith("complete"))).toEqual(["complete 5"])
    await page.close()
  },
  LONGEST_MS
)

test(
  "leaves no timer and asks no more when its components are gone",
  async () => {
    const trip = stage.makeTrip()
    const { id } = await stage.create(trip.gates)
    const page = await stage.openScene("together", { job: id })
    await isShown(page, "Running")
    const whileShown = await page.evaluate(() => window.timers.size)

    await page.getByRole("button", { name: "Hide" }).click()
    await page.waitForFunction(() => window.timers.size === 0 && window.seen.underWay.size === 0)
    trip.finish()

    expect(whileShown).toBeGreaterThan(0)
    await page.close()
  },
  LONGEST_MS
)

test(
  "asks every 2, 5 and 10 seconds by the job's age, once for all components, and no more when it has ended",
  async () => {
    const trip = stage.makeTrip()
    const { id } = await stage.create(trip.gates)
    const page = await stage.openScene("together", { job: id, before: withClock })
    await pass(page, 345)
    const times = await asked(page)
    const start = times[0]!

    trip.finish()
    await Effect.runPromise(stage.callboard.jobEnded(id))
    await pass(page, 11)
    const untilEnd = (await asked(page)).length
    await pass(page, 60)

    // React's StrictMode mounts twice, so the first request is made twice.
    const paced = times.filter((at, n) => n === 0 || at !== times[n - 1])
    const between = (from: number, to: number) =>
      new Set(pauses(paced.filter((at) => at - start >= from * 1_000 && at - start < to * 1_000)))
    expect(between(0, 60)).toEqual(new Set([2]))
    expect(between(66, 300)).toEqual(new Set([5]))
    expect(between(311, 345)).toEqual(new Set([10]))
    await isShown(page, "Done")
    expect((await asked(page)).length).toBe(untilEnd)
    await page.close()
  },
  LONGEST_MS
)

test(
  "asks nothing while the tab is hidden or after a stop, and goes on at once when it is seen or told to",
  async () => {
    const trip = stage.makeTrip()
    const { id } = await stage.create(trip.gates)
    const page = await stage.openScene("controls", { job: id, before: withClock })
    await pass(page, 1)
    const press = (name: string) => page.getByRole("button", { name }).click()
    /** How many requests come of it. */
    const after = async (act: () => Promise<void>, seconds: number) => {
      await act()
      await settled(page)
      const before = (await asked(page)).length
      await pass(page, seconds)
      return (await asked(page)).length - before
    }
    const total = async () => (await asked(page)).length

    expect(await after(async () => {}, 4)).toBe(2)
    expect(await after(() => hide(page, true), 15)).toBe(0)
    expect(await stateOf(page)).toMatchObject({ isPaused: true, isPolling: false })
    const whileHidden = await total()
    expect(await after(() => hide(page, false), 4)).toBe(2)
    expect(await total()).toBe(whileHidden + 3)

    expect(await after(() => press("Stop"), 15)).toBe(0)
    expect(await stateOf(page)).toMatchObject({ status: "in_progress", isStopped: true, isPolling: false })
    const whileStopped = await total()
    expect(await after(() => press("Resume"), 4)).toBe(2)
    expect(await total()).toBe(whileStopped + 3)

    await press("Stop")
    expect(await after(() => press("Reset"), 4)).toBe(2)
    expect(await stateOf(page)).toMatchObject({ status: "in_progress", isStopped: false })
    trip.finish()
    await page.close()
  },
  LONGEST_MS
)

test(
  "follows the event stream, and polls while there is none",
  async () => {
    const trip = stage.makeTrip()
    const { id } = await stage.create(trip.gates)
    const page = await stage.openScene("live", { job: id, before: (page) => page.route("**/events", cut) })

    await outputHas(page, '"status":"in_progress"')
    await page.waitForFunction(() => window.seen.asked.length >= 3)
    const polled = await stateOf(page)
    await page.unroute("**/events", cut)
    await outputHas(page, '"isStreaming":true')
    trip.finish()
    await outputHas(page, '"status":"completed"')

    expect(polled).toEqual({ status: "in_progress", isStreaming: false, percent: 0, events: 0 })
    expect(await told(page)).toEqual(expect.arrayContaining(["status", "progress", "step"]))
    await page.close()
  },
  LONGEST_MS
)

test(
  "keeps what it knows through a lost network and a restarted server, says so, and goes on",
  async () => {
    const trip = stage.makeTrip()
    const { id } = await stage.create(trip.gates)
    const [page, live] = await Promise.all([
      stage.openScene("together", { job: id }),
      stage.openScene("live", { job: id })
    ])
    await isShown(page, "Running")
    await outputHas(live, '"isStreaming":true')
    const lost = tracker(page).getByText("Connection lost")

    await page.context().setOffline(true)
    await lost.waitFor()
    await isShown(page, "Running")
    await page.context().setOffline(false)
    await lost.waitFor({ state: "detached" })

    await stage.stopServer()
    await Promise.all([lost.waitFor(), outputHas(live, '"status":"in_progress","isStreaming":false')])
    await stage.restartServer()
    await Promise.all([lost.waitFor({ state: "detached" }), outputHas(live, '"isStreaming":true')])
    trip.finish()
    await Promise.all([isShown(page, "Done"), outputHas(live, '"status":"completed"')])
    await Promise.all([page.close(), live.close()])
  },
  LONGEST_MS
)
