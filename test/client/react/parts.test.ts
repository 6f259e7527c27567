/** What the parts of the components say and do, in the gallery as a browser shows it. */
import { afterAll, beforeAll, expect, test } from "bun:test"
import { Effect, Exit, Scope } from "effect"
import type { Browser, Locator, Page } from "playwright"
import { openBrowser } from "../../support/browser.ts"
import { makeGallery, type OpenGallery } from "./gallery.ts"
import { LONGEST_MS } from "./looking.ts"
import { answers } from "./pages/galleryJobs.ts"

const ROME = { locale: "en-GB", timezoneId: "Europe/Rome" }
const NOW = new Date("2026-11-22T07:00:00.000Z")

const scope = Effect.runSync(Scope.make())
let browser: Browser
let openGallery: OpenGallery
beforeAll(async () => {
  browser = await Effect.runPromise(Scope.provide(openBrowser, scope))
  openGallery = await makeGallery()
}, LONGEST_MS)
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)), LONGEST_MS)

/** Its clock goes on from a time on the day of the jobs. */
const open = () => openGallery(browser, ROME, (page) => page.clock.install({ time: NOW }))

const trackers = (page: Page, text: string) => page.locator(".cb-tracker", { hasText: text })

/** Names with their values, as they are read. */
const factsOf = (list: Locator) =>
  list.evaluate((facts) =>
    Object.fromEntries(
      [...facts.children].map((fact) => [
        fact.querySelector("dt")?.textContent ?? "",
        fact.querySelector("dd")?.textContent ?? ""
      ])
    )
  )
const shownFacts = (tracker: Locator) => factsOf(tracker.locator("> .cb-facts"))

test(
  "unfolds ids, times, duration and result for who asked for details, and for nobody else",
  async () => {
    const { page } = await open()
    const done = trackers(page, "Your trip is ready.")
    const result = done.getByRole("figure", { name: "Result" })

    const isFolded = await result.isHidden()
    await done.getByText("Details", { exact: true }).click()

    expect(isFolded).toBe(true)
    expect(await factsOf(done.locator("details .cb-facts"))).toEqual({
      Job: "JOB_20261122_063000_1a2b3c4d",
      Type: "ai_trip_generation",
      Created: "07:30",
      Started: "07:30",
      Ended: "07:31",
      Duration: "1 m 02 s"
    })
    expect(JSON.parse((await result.textContent()) ?? "")).toEqual({
      title: "Five days in Rome",
      days: 5,
      cost: { amount: 1240, currency: "EUR" }
    })
    expect(await page.locator(".cb-tracker details").count()).toBe(2)
    await page.context().close()
  },
  LONGEST_MS
)

test(
  "gives the code of a failure in the details",
  async () => {
    const { page } = await open()
    const failed = trackers(page, "The model did not answer")

    await failed.getByText("Details", { exact: true }).click()

    expect(await factsOf(failed.locator("details .cb-facts"))).toMatchObject({ Error: "SERVICE_UNAVAILABLE" })
    expect(await failed.getByRole("figure").count()).toBe(0)
    await page.context().close()
  },
  LONGEST_MS
)

test(
  "makes a link of a card that has an address, and of no other",
  async () => {
    const { page } = await open()
    const link = page.getByRole("link", { name: "Trip to Rome" })

    await link.click()

    expect(new URL(page.url()).hash).toBe("#trip")
    expect(await link.textContent()).toContain("Writing day 3 of 5")
    expect(await page.getByRole("article", { name: "Trip to Rome" }).count()).toBe(Object.keys(answers).length)
    await page.context().close()
  },
  LONGEST_MS
)

test(
  "says when a job was made, began, ended and is tried again, by the clock of its reader",
  async () => {
    const { page } = await open()
    const of = (text: string) => shownFacts(trackers(page, text))

    expect(await of("Waiting for a free place.")).toEqual({ Created: "07:30" })
    expect(await of("Will retry")).toMatchObject({ Created: "07:30", "Next try": "07:31" })
    expect(await of("Your trip is ready.")).toEqual({ Finished: "07:31", Took: "1 m 02 s" })
    expect(await of("The model did not answer")).toEqual({ Ended: "07:31", Took: "1 m 02 s" })
    expect(await of("Writing day 3 of 5")).toMatchObject({ Started: "07:30", Left: "about 2 min" })
    expect(await trackers(page, "Your trip is ready.").locator("> .cb-facts time").getAttribute("datetime")).toBe(
      "2026-11-22T06:31:04.000Z"
    )
    await page.context().close()
  },
  LONGEST_MS
)

test(
  "counts how long a job has been running, from what the server said last",
  async () => {
    const { page } = await open()
    const running = trackers(page, "Writing day 3 of 5")
    const ranFor = async () => (await shownFacts(running))["Running for"]

    // The question of this moment is answered; from then on only this test moves the clock.
    await page.clock.pauseAt(NOW.getTime() + 60_000)
    while ((await ranFor()) !== "1 m 02 s") await page.clock.runFor(1)
    await page.clock.runFor(3_000)

    expect(await ranFor()).toBe("1 m 05 s")
    await page.context().close()
  },
  LONGEST_MS
)

test(
  "moves a bar that nobody can measure, and says no number of it",
  async () => {
    const { page } = await open()
    const look = (name: string) =>
      page.getByRole("progressbar", { name, exact: true }).evaluate((bar) => {
        const fill = bar.querySelector<HTMLElement>(".cb-fill")
        return {
          now: bar.getAttribute("aria-valuenow"),
          width: fill?.style.inlineSize,
          moves: fill?.getAnimations().map((each) => (each as CSSAnimation).animationName)
        }
      })

    expect(await look("Preparing")).toEqual({ now: null, width: "", moves: ["cb-slide"] })
    expect(await look("Upload")).toEqual({ now: "64", width: "64%", moves: [] })
    expect(await look("Too much")).toEqual({ now: "100", width: "100%", moves: [] })
    const unmeasured = trackers(page, "Asking the model").getByRole("progressbar")
    expect(await unmeasured.getAttribute("aria-valuenow")).toBeNull()
    await page.emulateMedia({ reducedMotion: "reduce" })
    expect(await look("Preparing")).toEqual({ now: null, width: "", moves: [] })
    await page.context().close()
  },
  LONGEST_MS
)
