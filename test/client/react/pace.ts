/** When the page asks, by its own clock. In a file of its own, on the stage of another: a server is dear. */
import { expect, test } from "bun:test"
import { Effect } from "effect"
import type { Page } from "playwright"
import { asked, isShown, LONGEST_MS, settled, stateOf } from "./looking.ts"
import type { Stage } from "./scenes.ts"

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

export const testPace = (stage: () => Stage) => {
  test(
    "asks every 2, 5 and 10 seconds by the job's age, once for all components, and no more when it has ended",
    async () => {
      const trip = stage().makeTrip()
      const { id } = await stage().create(trip.gates)
      const page = await stage().openScene("together", { job: id, before: withClock })
      await pass(page, 81)
      await page.clock.fastForward(225_000)
      await pass(page, 31)
      const times = await asked(page)
      const start = times[0]!

      trip.finish()
      await Effect.runPromise(stage().callboard.jobEnded(id))
      await pass(page, 11)
      const untilEnd = (await asked(page)).length
      await pass(page, 60)

      // React's StrictMode mounts twice, so the first request is made twice.
      const paced = times.slice(times.lastIndexOf(start))
      const between = (from: number, to: number) =>
        new Set(pauses(paced.filter((at) => at - start >= from * 1_000 && at - start < to * 1_000)))
      expect(between(0, 60)).toEqual(new Set([2]))
      expect(between(66, 81)).toEqual(new Set([5]))
      expect(between(306, 337)).toEqual(new Set([10]))
      await isShown(page, "Done")
      expect((await asked(page)).length).toBe(untilEnd)
      await page.close()
    },
    LONGEST_MS
  )

  test(
    "asks nothing while the tab is hidden or after a stop, and goes on at once when it is seen or told to",
    async () => {
      const trip = stage().makeTrip()
      const { id } = await stage().create(trip.gates)
      const page = await stage().openScene("controls", { job: id, before: withClock })
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
}
