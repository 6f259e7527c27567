import { expect } from "bun:test"
import { join } from "node:path"
import AxeBuilder from "@axe-core/playwright"
import { Effect } from "effect"
import type { Browser, Page } from "playwright"
import { openBrowser } from "../support/browser.ts"
import { type SeenJob, startCallboard, temporaryDirectory } from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"

const LONG_MS = 120_000

const start = Effect.gen(function* () {
  const dataDirectory = join(yield* temporaryDirectory, "data")
  const [callboard, browser] = yield* Effect.all([startCallboard({ dataDirectory }), openBrowser], { concurrency: 2 })
  return { callboard, browser, base: callboard.url.href.replace(/\/$/u, "") }
})

const look = <A>(body: () => Promise<A>) => Effect.promise(body)

/** What breaks the content security policy, or fails to load, ends up here. */
const complaintsOf = (page: Page) => {
  const complaints: Array<string> = []
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()))
  page.on("pageerror", (error) => complaints.push(error.message))
  return complaints
}

/** Runs in the page: keeps every step that it ever shows, however short, so that no look can come too late. */
const recordSteps = () => {
  const seen = new Set<string>()
  Object.assign(window, { seen })
  const record = () => {
    for (const [, step] of document.body?.textContent.matchAll(/Step \d of 5: ([^,.]+)/gu) ?? []) seen.add(step!)
  }
  new MutationObserver(record).observe(document, { childList: true, subtree: true, characterData: true })
}

const violationsOn = (page: Page) =>
  look(async () => (await new AxeBuilder({ page }).analyze()).violations.map(({ id, nodes }) => [id, nodes[0]?.html]))

it.live(
  "runs the practice job from the empty board and shows each step while it happens, without a reload",
  () =>
    Effect.gen(function* () {
      const { base, browser, callboard } = yield* start
      // Signing in takes longer than the page needs to connect, whatever the machine.
      yield* callboard.post("/practice/faults", {
        restaurant: "trattoria-roma",
        kind: "slow",
        times: 2,
        pathPrefix: "/sign-in",
        delayMs: 2_000
      })
      const page = yield* look(() => browser.newPage())
      const complaints = complaintsOf(page)
      let loads = 0
      page.on("load", () => loads++)

      const seen = yield* look(async () => {
        await page.addInitScript(recordSteps)
        await page.goto(base)
        await page.getByRole("button", { name: "Run a practice job" }).click()
        await page.waitForURL("**/jobs/JOB_*")
        const before = loads
        await page.getByText("Finished and checked").first().waitFor()
        await page.getByRole("log").getByText("The menu shows all tags on 7 items").waitFor()
        const reloads = loads - before
        const steps = await page.evaluate(() => [...(window as unknown as { seen: Set<string> }).seen])
        await page.goto(`${base}/practice/sign-in`)
        await page.getByLabel(/restaurant/iu).fill("trattoria-roma")
        await page.getByLabel(/e-mail/iu).fill("practice@example.com")
        await page.getByLabel(/password/iu).fill("practice-password")
        await page.getByRole("button", { name: /sign in/iu }).click()
        await page.goto(`${base}/practice/menu`)
        return { reloads, steps, menu: await page.locator("main").textContent() }
      })

      expect(seen.reloads).toBe(0)
      expect(seen.steps).toEqual(expect.arrayContaining(["Sign in", "Create missing tags", "Put tags on items"]))
      expect(seen.menu).toMatch(/Marinara[\s\S]*Vegan/u)
      expect(complaints).toEqual([])
    }),
  LONG_MS
)

it.live(
  "starts one job for a double click, and cancels it after asking",
  () =>
    Effect.gen(function* () {
      const { base, browser, callboard } = yield* start
      yield* callboard.post("/practice/faults", {
        restaurant: "trattoria-roma",
        kind: "slow",
        times: 50,
        pathPrefix: "/",
        delayMs: 30_000
      })
      const page = yield* look(() => browser.newPage())

      yield* look(async () => {
        await page.goto(`${base}/jobs/new/add-item-tags`)
        await page.getByRole("button", { name: "Start job" }).dblclick()
        await page.waitForURL("**/jobs/JOB_*")
        await page.getByRole("button", { name: "Cancel" }).click()
        await page.getByRole("dialog").getByRole("button", { name: "Cancel job" }).click()
        await page.getByText("Cancelled", { exact: true }).first().waitFor()
      })

      const { body } = yield* callboard.json<{ data: ReadonlyArray<{ status: string }> }>("/api/jobs")
      expect(body.data.map((job) => job.status)).toEqual(["cancelled"])
    }),
  LONG_MS
)

/** Every page, with a finished and a failed job to show. */
const pages = (ids: ReadonlyArray<string>) => [
  "/jobs",
  "/jobs?status=completed&q=nothing-like-this",
  "/jobs/new",
  "/jobs/new/add-item-tags",
  ...ids.map((id) => `/jobs/${id}`),
  "/help",
  "/settings",
  "/jobs/JOB_20200101_000000_00000000"
]

/** Pages that are looked at in two views only, so that the walk ends some day. */
const morePages = (done: string, failed: string) => [
  `/jobs/${done}/steps?step=1.sign-in`,
  `/jobs/${failed}/steps`,
  `/jobs/${done}/browser`,
  `/jobs/${failed}/log`,
  `/jobs/${done}/data`,
  `/jobs/${failed}/history`,
  `/jobs/${failed}/retry`,
  `/jobs/${failed}/retry/changes`,
  "/jobs/new/add-item-tags/csv",
  "/fleet",
  "/types",
  "/types/add-item-tags",
  "/schedules",
  "/schedules/new?type=add-item-tags"
]

const views = [
  { colorScheme: "light", width: 1280 },
  { colorScheme: "dark", width: 1280 },
  { colorScheme: "light", width: 390 },
  { colorScheme: "dark", width: 320 }
] as const

/** One window for all pages of a view: opening one for each would take longer than looking. */
const checkPages = (browser: Browser, urls: ReadonlyArray<string>, { colorScheme, width }: (typeof views)[number]) =>
  Effect.gen(function* () {
    const context = yield* look(() => browser.newContext({ colorScheme, viewport: { width, height: 800 } }))
    const page = yield* look(() => context.newPage())
    const complaints = complaintsOf(page)
    for (const url of urls) {
      yield* look(() => page.goto(url))
      const name = `${new URL(url).pathname} ${colorScheme} ${width}`
      expect([name, yield* violationsOn(page)]).toEqual([name, []])
      const overflow = yield* look(() => page.evaluate(() => document.documentElement.scrollWidth - innerWidth))
      expect([name, overflow]).toEqual([name, 0])
      const unexpected = complaints.splice(0).filter((text) => !text.includes("404"))
      expect([name, unexpected]).toEqual([name, []])
    }
    yield* look(() => context.close())
  })

/** Moves the focus with Tab until it is on what has this text. */
const tabTo = async (page: Page, text: RegExp) => {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press("Tab")
    const here = await page.evaluate(() => {
      const element = document.activeElement
      return element instanceof HTMLInputElement ? element.id : (element?.textContent?.trim() ?? "")
    })
    if (text.test(here)) return
  }
  throw new Error(`the focus never came to ${text}`)
}

/** Retries a failed job, cancels one from its page and one from the list, and never touches a mouse. */
const byKeyboard = (
  page: Page,
  base: string,
  callboard: Effect.Success<ReturnType<typeof startCallboard>>,
  { example, failed }: { readonly example: object; readonly failed: string }
) =>
  Effect.gen(function* () {
    const later = { runAt: "2099-01-01T00:00:00Z" }
    const one = yield* callboard.create("add-item-tags", example, later)
    yield* look(async () => {
      await page.goto(`${base}/jobs/${failed}`)
      await page.getByText("Live", { exact: true }).waitFor()
      await page.keyboard.press("e")
      await page.waitForURL("**/retry")
      await tabTo(page, /^Retry$/u)
      await page.keyboard.press("Enter")
      await page.waitForURL(`**/jobs/${failed}`)

      await page.goto(`${base}/jobs/${one.jobId}`)
      await page.getByText("Live", { exact: true }).waitFor()
      await page.keyboard.press("c")
      await tabTo(page, /^Cancel job$/u)
      await page.keyboard.press("Enter")
      await page.getByText("Cancelled", { exact: true }).first().waitFor()
    })
    const two = yield* callboard.create("add-item-tags", example, later)
    yield* look(async () => {
      await page.goto(`${base}/jobs?status=scheduled`)
      await page.getByText("Live", { exact: true }).waitFor()
      await page.keyboard.press("j")
      await page.keyboard.press("x")
      await page.getByText("1 selected").waitFor()
      await page.keyboard.press("c")
      await page.waitForURL("**/bulk/plan")
      await tabTo(page, /^bulk-reason$/u)
      await page.keyboard.type("not needed any more")
      await tabTo(page, /^Cancel 1 job$/u)
      await page.keyboard.press("Enter")
      await page.getByText("1 job cancelled, 0 left alone.").waitFor()
    })
    const ended = yield* Effect.forEach([one, two], ({ id }) => callboard.jobEnded(id))
    expect(ended.map(({ status }) => status)).toEqual(["cancelled", "cancelled"])
    expect(yield* violationsOn(page)).toEqual([])
    yield* callboard.jobEnded(failed)
  })

it.live(
  "has no accessibility violation, no sideways scroll and no policy error on any page, in light, dark and narrow",
  () =>
    Effect.gen(function* () {
      const { base, browser, callboard } = yield* start
      const { body } = yield* callboard.json<{ data: ReadonlyArray<{ name: string; example: object }> }>(
        "/api/jobs/types"
      )
      const example = body.data[0]!.example
      const done = yield* callboard.create("add-item-tags", example)
      const failed = yield* callboard.create("add-item-tags", { ...example, restaurantId: "x", password: "wrong" })
      yield* callboard.jobEnded(done.id)
      yield* callboard.jobEnded(failed.id)

      const context = yield* look(() => browser.newContext())
      yield* byKeyboard(yield* look(() => context.newPage()), base, callboard, { example, failed: failed.jobId })

      const everywhere = pages([done.jobId, failed.jobId])
      for (const [index, view] of views.entries()) {
        const more = index === 0 || index === 3 ? morePages(done.jobId, failed.jobId) : []
        const urls = [...everywhere, ...more].map((path) => `${base}${path}`)
        yield* checkPages(browser, urls, view)
      }
    }),
  5 * LONG_MS
)

it.live(
  "does its work with JavaScript off: start, look, cancel, retry",
  () =>
    Effect.gen(function* () {
      const { base, browser, callboard } = yield* start
      const page = yield* look(() => browser.newPage({ javaScriptEnabled: false }))

      yield* look(async () => {
        await page.goto(`${base}/jobs/new/add-item-tags`)
        await page.getByLabel("Restaurant ID").fill("no-script")
        // In the future, so that it waits.
        await page.getByText("When and how").click()
        await page.getByLabel(/not before/iu).fill("2099-01-01T00:00")
        await page.getByRole("button", { name: "Start job" }).click()
        await page.getByText("Scheduled", { exact: true }).first().waitFor()
        await page.getByRole("button", { name: "Cancel" }).click()
        await page.getByText("Cancelled", { exact: true }).first().waitFor()
        await page
          .getByRole("button", { name: /start over|retry/iu })
          .first()
          .click()
        await page.getByText("Cancelled", { exact: true }).first().waitFor({ state: "detached" })
      })

      const { body } = yield* callboard.json<{ data: ReadonlyArray<SeenJob & { restaurantId: string }> }>("/api/jobs")
      expect(body.data.map((job) => job.restaurantId)).toEqual(["no-script"])
      expect((yield* callboard.jobEnded(body.data[0]!.id)).status).toBe("completed")
    }),
  LONG_MS
)
