/** The components on a page of a team, in a real browser, against a real Callboard. */
import { afterAll, beforeAll, expect, test } from "bun:test"
import { Effect } from "effect"
import type { Route } from "playwright"
import { isShown, LONGEST_MS, outputHas, stateOf, told, tracker } from "./looking.ts"
import { testPace } from "./pace.ts"
import { openStage, type Stage } from "./scenes.ts"

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
}, LONGEST_MS)
afterAll(() => stage.close(), LONGEST_MS)

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
    await page.getByRole("button", { name: "Cancel Trip to Rome" }).press("Enter")
    await isShown(page, "Cancelled")
    first.finish()
    await page.keyboard.press("Tab")

    expect(await page.getByText("Cancelled", { exact: true }).count()).toBe(3)
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Retry Trip to Rome")
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
  "says that a trip could not be started",
  async () => {
    const page = await stage.openScene("plan", { gates: "" })
    await page.route("**/api/jobs", (route) =>
      route.fulfill({ status: 422, json: { code: "VALIDATION_FAILED", title: "The input is wrong" } })
    )

    await page.getByRole("button", { name: "Plan", exact: true }).click()
    await tracker(page).getByText("This job could not be started").waitFor()

    expect(await tracker(page).getByText("The input is wrong").isVisible()).toBe(true)
    expect(await told(page)).toEqual(["error The input is wrong"])
    expect(await stateOf(page)).not.toHaveProperty("jobId")
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

testPace(() => stage)

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
    const kinds = (await told(page)).map((line) => line.split(" ")[0])
    expect(kinds).toEqual(expect.arrayContaining(["status", "progress", "step"]))
    await page.close()
  },
  LONGEST_MS
)

test(
  "goes on with the stream where it was when the job is run again",
  async () => {
    const trip = stage.makeTrip()
    const { id } = await stage.create(trip.gates, {}, true)
    const page = await stage.openScene("live", { job: id })
    await outputHas(page, '"isStreaming":true')
    trip.finish()
    await outputHas(page, '"status":"failed","isStreaming":false')
    const before = await told(page)

    await page.getByRole("button", { name: "Retry" }).click()
    await page.waitForFunction((count) => window.seen.told.length > count, before.length)
    await outputHas(page, '"status":"failed","isStreaming":false')

    const after = await told(page)
    expect(after.slice(0, before.length)).toEqual([...before])
    expect(new Set(after).size).toBe(after.length)
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
  // A whole server stops and starts in it.
  2 * LONGEST_MS
)
