/** What a page does when things go wrong, in a real browser, against a server that answers as it is told. */
import { afterAll, beforeAll, expect, test } from "bun:test"
import { Effect, Exit, Scope } from "effect"
import type { Browser, Page, Route } from "playwright"
import { openBrowser } from "../../support/browser.ts"
import { bundle, html, stylesheet } from "./bundle.ts"
import { isShown, LONGEST_MS, outputHas, settled, stateOf, told, tracker } from "./looking.ts"
import { countTimers } from "./scenes.ts"

const ORIGIN = "http://team.test"

const scope = Effect.runSync(Scope.make())
let browser: Browser
let page0: string
beforeAll(async () => {
  browser = await Effect.runPromise(Scope.provide(openBrowser, scope))
  page0 = html(await stylesheet(), await bundle("app.tsx"))
}, LONGEST_MS)
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)), LONGEST_MS)

const job = (rest: object = {}) => ({
  id: "1",
  jobId: "JOB_1",
  jobType: "plan_trip",
  status: "in_progress",
  progress: { percent: 40, message: "Writing the days", step: 2, totalSteps: 4 },
  createdAt: "2026-11-22T06:30:00.000Z",
  startedAt: "2026-11-22T06:30:00.000Z",
  durationMs: 1_000,
  revision: 1,
  ...rest
})
const gives = (data: object) => (route: Route) => route.fulfill({ json: { data } })
const refuses = (status: number, title: string, code?: string) => (route: Route) =>
  route.fulfill({ status, json: { title, code } })

/** `answers` by method and last part of the path: "GET status". What is not there never comes. */
const open = async (scene: string, answers: Record<string, (route: Route) => unknown>) => {
  const page = await browser.newPage()
  page.setDefaultTimeout(55_000)
  const asked: Array<string> = []
  await page.addInitScript(countTimers)
  await page.route(`${ORIGIN}/**`, async (route) => {
    const { pathname } = new URL(route.request().url())
    if (pathname === "/") return route.fulfill({ contentType: "text/html", body: page0 })
    const name = `${route.request().method()} ${pathname.split("/").at(-1)}`
    asked.push(name)
    await answers[name]?.(route)
  })
  await page.goto(`${ORIGIN}/?${new URLSearchParams({ scene, job: "1", gates: "none" })}`)
  return { page, asked, answers }
}
const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click()

test(
  "says that a job can be followed no more, stands still, and tries again when it is told to",
  async () => {
    const { answers, page } = await open("together", { "GET status": gives(job()) })
    await isShown(page, "Running")

    answers["GET status"] = refuses(401, "Sign in again")
    await isShown(page, "Not available")
    await page.getByText("Sign in again").nth(2).waitFor()
    const moves = await page.evaluate(() => [window.timers.size, document.querySelectorAll(".cb-turning").length])
    const isSaid = await tracker(page).getByText("This job cannot be followed any more").isVisible()
    answers["GET status"] = gives(job({ revision: 2 }))
    await page.getByRole("button", { name: "Try again to show Trip to Rome" }).first().click()
    await isShown(page, "Running")
    answers["GET status"] = gives(job({ revision: 3, status: "failed", error: { message: "No such city" } }))
    await isShown(page, "Failed")

    expect(moves).toEqual([0, 0])
    expect(isSaid).toBe(true)
    await page.close()
  },
  LONGEST_MS
)

test(
  "says why a job could not be cancelled, in a line too",
  async () => {
    const { page } = await open("together", {
      "GET status": gives(job()),
      "POST cancel": refuses(403, "You may only look")
    })

    await page.locator(".cb-compact").getByRole("button").click()

    await page.locator(".cb-compact").getByText("You may only look").waitFor()
    await page.close()
  },
  LONGEST_MS
)

test(
  "does not say a refusal again because the connection was lost meanwhile",
  async () => {
    const { answers, page } = await open("together", {
      "GET status": gives(job()),
      "POST cancel": refuses(403, "You may only look")
    })
    await press(page, "Cancel Trip to Rome")
    const alert = tracker(page).getByRole("alert")
    await alert.getByText("You may only look").waitFor()
    await alert.evaluate((element) => element.setAttribute("data-same", ""))
    answers["GET status"] = (route) => route.abort()

    const lost = tracker(page).getByText("Connection lost.")
    await lost.waitFor()
    expect(await alert.allTextContents()).toEqual(["You may only look"])
    answers["GET status"] = gives(job({ revision: 2 }))
    await lost.waitFor({ state: "detached" })

    expect(await alert.textContent()).toBe("You may only look")
    expect(await alert.getAttribute("data-same")).toBe("")
    await page.close()
  },
  LONGEST_MS
)

test(
  "says why a job could not be retried, and not that it had gone on already",
  async () => {
    const failed = job({ status: "failed", error: { message: "No such city" } })
    const { answers, page } = await open("together", {
      "GET status": gives(failed),
      "POST retry": refuses(409, "Another job with the same dedupeKey has not ended", "DEDUPE_KEY_TAKEN")
    })

    await press(page, "Retry Trip to Rome")
    await tracker(page).getByText("Another job with the same dedupeKey has not ended").waitFor()
    answers["POST retry"] = (route) => {
      answers["GET status"] = gives(job({ revision: 2 }))
      return refuses(409, "The job's status does not allow this", "JOB_CONFLICT")(route)
    }
    await press(page, "Retry Trip to Rome")
    await isShown(page, "Running")

    expect(await page.locator(".cb-note").count()).toBe(0)
    await page.close()
  },
  LONGEST_MS
)

test(
  "does not retry a job that is cancelled by a double click",
  async () => {
    const { answers, asked, page } = await open("together", { "GET status": gives(job()) })
    const ended = job({ status: "cancelled", revision: 2 })
    answers["POST cancel"] = (route) => {
      answers["GET status"] = gives(ended)
      return gives(ended)(route)
    }
    await isShown(page, "Running")

    await page.clock.setFixedTime("2026-11-22T06:40:00.000Z")
    await press(page, "Cancel Trip to Rome")
    await press(page, "Retry Trip to Rome")
    await page.clock.setFixedTime("2026-11-22T06:40:00.500Z")
    const early = asked.includes("POST retry")
    const retried = page.waitForRequest(/retry$/)
    await press(page, "Retry Trip to Rome")
    await retried

    expect(early).toBe(false)
    await page.close()
  },
  LONGEST_MS
)

test(
  "creates one job when somebody clicks twice, or again because the answer got lost",
  async () => {
    const keys: Array<string | undefined> = []
    const create = (answer: (route: Route) => unknown) => (route: Route) => {
      keys.push(route.request().headers()["idempotency-key"])
      return answer(route)
    }
    const lost = create((route) => route.abort())
    const { answers, page } = await open("plan", { "POST jobs": lost, "GET status": gives(job()) })
    const failure = tracker(page).getByText("This job could not be started")
    await page.clock.install()

    await press(page, "Plan")
    while (!(await failure.isVisible())) await page.clock.runFor(1_000)
    const tries = keys.length
    answers["POST jobs"] = create(gives(job()))
    await page.clock.setFixedTime("2026-11-22T06:40:00.000Z")
    await press(page, "Plan")
    await isShown(page, "Running")
    await press(page, "Plan")

    expect(tries).toBeGreaterThan(1)
    expect(keys).toHaveLength(tries + 1)
    expect(new Set(keys).size).toBe(1)
    await page.close()
  },
  LONGEST_MS
)

test(
  "knows of a job that was created, although the team's own callback failed",
  async () => {
    const { page } = await open("careless", { "POST jobs": gives(job()), "GET status": gives(job()) })

    await press(page, "Plan")
    await isShown(page, "Running")

    expect(await stateOf(page)).toMatchObject({ jobId: "1", isCreating: false })
    expect(await stateOf(page)).not.toHaveProperty("createError")
    expect(await told(page)).not.toContainEqual(expect.stringContaining("error"))
    await page.close()
  },
  LONGEST_MS
)

test(
  "is not creating any more when it has created, where React mounts everything twice",
  async () => {
    const { asked, page } = await open("mount", { "POST jobs": gives(job()), "GET status": gives(job()) })

    await outputHas(page, '"isCreating":false')

    expect(await stateOf(page)).toMatchObject({ jobId: "1", isOptimistic: false })
    expect(asked.filter((name) => name === "POST jobs")).toHaveLength(1)
    await page.close()
  },
  LONGEST_MS
)

test(
  "leaves no timer when its components are gone before a job is created",
  async () => {
    const { asked, page } = await open("plan", {})
    const sent = page.waitForRequest(/jobs$/)
    await press(page, "Plan")
    await sent

    await press(page, "Hide")
    await page.waitForFunction(() => window.timers.size === 0)

    expect(asked).toEqual(["POST jobs"])
    await page.close()
  },
  LONGEST_MS
)

test(
  "tells once that a job is refused, however often the page asks, and again when it was not meanwhile",
  async () => {
    const { answers, asked, page } = await open("watched", {
      "GET status": gives(job()),
      "GET events": (route) => route.abort()
    })
    await outputHas(page, '"isUnavailable":false')
    const lookAgain = async () => {
      const isAsked = page.waitForResponse(/status$/)
      await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })))
      await isAsked
      await settled(page)
    }
    const refused = refuses(401, "Sign in again", "UNAUTHENTICATED")

    Object.assign(answers, { "GET status": refused, "GET events": refused })
    await outputHas(page, '"isUnavailable":true')
    await lookAgain()
    await lookAgain()
    const once = await told(page)
    answers["GET status"] = gives(job({ revision: 2 }))
    await lookAgain()
    await outputHas(page, '"isUnavailable":false')
    answers["GET status"] = refused
    await outputHas(page, '"isUnavailable":true')

    expect(asked).toContain("GET events")
    expect(once).toEqual(["error Sign in again"])
    expect(await told(page)).toEqual(["error Sign in again", "error Sign in again"])
    await page.close()
  },
  LONGEST_MS
)

test(
  "says of input that is no JSON that no job could be made of it",
  async () => {
    const { asked, page } = await open("plan", {})
    const thrown: Array<string> = []
    page.on("pageerror", ({ message }) => thrown.push(message))

    await press(page, "Plan what is no JSON")
    await tracker(page).getByText("This job could not be started").waitFor()

    expect((await stateOf(page)).createError).toContain("BigInt")
    expect([thrown, asked]).toEqual([[], []])
    await page.close()
  },
  LONGEST_MS
)
