import { expect } from "bun:test"
import { join } from "node:path"
import AxeBuilder from "@axe-core/playwright"
import { Effect } from "effect"
import type { Page } from "playwright"
import { complaintsOf, look, startBoard } from "../support/boardWindow.ts"
import type { startCallboard } from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"

const LONG_MS = 300_000

interface ShownThings {
  readonly done: string
  readonly failed: string
  /** Path of the failure of the failed job. */
  readonly failure: string
}

/** Every page, with a finished and a failed job to show. */
const pagesOf = ({ done, failed, failure }: ShownThings) => [
  "/",
  "/inbox",
  "/restaurants",
  "/restaurants/x",
  "/failures",
  failure,
  `${failure}/retry`,
  "/jobs",
  "/jobs?status=completed&q=nothing-like-this",
  "/jobs?type=add-item-tags&since=7d",
  "/search?q=x",
  "/search?q=status:failed+step:5",
  "/jobs/new",
  "/jobs/new/add-item-tags",
  "/jobs/new/add-item-tags/csv",
  `/jobs/${done}`,
  `/jobs/${done}/steps?step=1.sign-in`,
  `/jobs/${done}/browser`,
  `/jobs/${done}/data`,
  `/jobs/${failed}`,
  `/jobs/${failed}/steps`,
  `/jobs/${failed}/log`,
  `/jobs/${failed}/history`,
  `/jobs/${failed}/retry`,
  `/jobs/${failed}/retry/changes`,
  "/fleet",
  "/types",
  "/types/add-item-tags",
  "/schedules",
  "/schedules/new?type=add-item-tags",
  "/help",
  "/settings",
  "/jobs/JOB_20200101_000000_00000000"
]

/** Every rule once; after that only those whose answer depends on the view. */
const views = [
  { colorScheme: "light", width: 1280, rules: undefined },
  { colorScheme: "dark", width: 1280, rules: ["color-contrast"] },
  { colorScheme: "dark", width: 390, rules: [] },
  { colorScheme: "light", width: 320, rules: ["target-size"] }
] as const

const violationsOn = (page: Page, rules?: ReadonlyArray<string>) =>
  look(async () => {
    // The other mode opens a window of its own for each report, because of frames of other sites. There are none here.
    const axe = new AxeBuilder({ page }).options({ resultTypes: ["violations"] }).setLegacyMode()
    if (rules) axe.withRules([...rules])
    return (await axe.analyze()).violations.map(({ id, nodes }) => [id, nodes[0]?.html])
  })

const viewProblems = (page: Page, { colorScheme, rules, width }: (typeof views)[number]) =>
  Effect.gen(function* () {
    yield* look(() => page.emulateMedia({ colorScheme, reducedMotion: "reduce" }))
    yield* look(() => page.setViewportSize({ width, height: 800 }))
    const overflow = yield* look(() => page.evaluate(() => document.documentElement.scrollWidth - innerWidth))
    const violations = rules?.length === 0 ? [] : yield* violationsOn(page, rules)
    return overflow > 0 ? [...violations, ["sideways scroll", overflow]] : violations
  })

/** One window for all, and each page is loaded once. */
const checkPages = (page: Page, urls: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const complaints = complaintsOf(page)
    for (const url of urls) {
      yield* look(() => page.goto(url))
      for (const view of views) {
        const name = `${new URL(url).pathname} ${view.colorScheme} ${view.width}`
        expect([name, yield* viewProblems(page, view)]).toEqual([name, []])
      }
      expect([url, complaints.splice(0).filter((text) => !text.includes("404"))]).toEqual([url, []])
    }
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
      await page.waitForURL("**/bulk?*")
      await tabTo(page, /^bulk-reason$/u)
      await page.keyboard.type("not needed any more")
      await tabTo(page, /^Cancel 1 job$/u)
      await page.keyboard.press("Enter")
      await page.getByText("1 job cancelled, none left alone.").waitFor()
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
      const CALLBOARD_CONFIG = join(import.meta.dir, "fixtures/job-types.ts")
      // The job that asks still waits in the end, and nobody should wait for it.
      const env = { CALLBOARD_CONFIG, CALLBOARD_SHUTDOWN_GRACE: "1 second" }
      const { base, browser, callboard } = yield* startBoard(env)
      const { body } = yield* callboard.json<{ data: ReadonlyArray<{ name: string; example: object }> }>(
        "/api/jobs/types"
      )
      const example = body.data[0]!.example
      const done = yield* callboard.create("add-item-tags", example)
      const failed = yield* callboard.create("add-item-tags", { ...example, restaurantId: "x", password: "wrong" })
      yield* callboard.create("asking", { right: "no code" })
      yield* callboard.jobEnded(done.id)
      yield* callboard.jobEnded(failed.id)
      const html = yield* look(async () => (await fetch(`${base}/failures`)).text())
      const failure = /\/failures\/[0-9a-f]{16}/u.exec(html)?.[0] ?? "none"

      const page = yield* look(async () => (await browser.newContext()).newPage())
      yield* byKeyboard(page, base, callboard, { example, failed: failed.jobId })

      const urls = pagesOf({ done: done.jobId, failed: failed.jobId, failure }).map((path) => `${base}${path}`)
      yield* checkPages(page, urls)
    }),
  3 * LONG_MS
)
