/** What a job asks, answered without a mouse, against a server that answers as it is told. */
import { afterAll, beforeAll, expect, test } from "bun:test"
import { Effect, Exit, Scope } from "effect"
import type { Browser, Page, Route } from "playwright"
import { openBrowser } from "../../support/browser.ts"
import { bundle, html, stylesheet } from "./bundle.ts"
import { LONGEST_MS, tracker } from "./looking.ts"
import { countTimers } from "./scenes.ts"

const ORIGIN = "http://team.test"
const NOON = Date.parse("2026-11-22T12:00:00.000Z")

const scope = Effect.runSync(Scope.make())
let browser: Browser
let page0: string
beforeAll(async () => {
  browser = await Effect.runPromise(Scope.provide(openBrowser, scope))
  page0 = html(await stylesheet(), await bundle("app.tsx"))
}, LONGEST_MS)
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)), LONGEST_MS)

const asking = (timesAsked: number, rest: object = {}) => ({
  id: "1",
  jobId: "JOB_1",
  jobType: "sign_in",
  status: "in_progress",
  progress: { percent: 40, step: 2, totalSteps: 4 },
  createdAt: "2026-11-22T11:59:00.000Z",
  revision: timesAsked,
  prompt: {
    id: `p${timesAsked}`,
    kind: "otp",
    label: "Code from the text message",
    attempt: 1,
    timesAsked,
    askedAt: "2026-11-22T11:59:00.000Z",
    deadline: "2026-11-22T12:09:00.000Z",
    ...rest
  }
})

/** The job as it is told to be; `answer` says what comes of an answer. */
const open = async (job: object, answer: (route: Route) => object | undefined) => {
  const server = { job }
  const page = await browser.newPage()
  page.setDefaultTimeout(55_000)
  await page.addInitScript(countTimers)
  await page.clock.install({ time: NOON })
  await page.clock.pauseAt(NOON + 60_000)
  await page.route(`${ORIGIN}/**`, async (route) => {
    const { pathname } = new URL(route.request().url())
    if (pathname === "/") return route.fulfill({ contentType: "text/html", body: page0 })
    if (!pathname.endsWith("/input")) return route.fulfill({ json: { data: server.job } })
    const next = answer(route)
    if (next === undefined) {
      const errors = [{ path: "value", message: "Expected digits" }]
      return route.fulfill({ status: 422, json: { title: "The request has wrong values", errors } })
    }
    server.job = next
    return route.fulfill({ json: { data: next } })
  })
  await page.goto(`${ORIGIN}/?${new URLSearchParams({ scene: "together", job: "1" })}`)
  return page
}

/** What is shown a moment after something came. */
const shows = async (page: Page, text: string) => {
  while (!(await tracker(page).getByText(text).first().isVisible())) await page.clock.runFor(10)
}
const focused = (page: Page) =>
  page.evaluate(() => [document.activeElement?.tagName, document.activeElement?.getAttribute("aria-label")])

test(
  "says how often it asked and how long there is to answer",
  async () => {
    const page = await open(asking(2), () => undefined)
    await shows(page, "Asked 2 times. 8 m 00 s left to answer")

    await page.clock.runFor(2_000)
    await shows(page, "Asked 2 times. 7 m 58 s left to answer")

    await page.close()
  },
  LONGEST_MS
)

test(
  "keeps the place of who answers by keyboard, and tells them of a refusal",
  async () => {
    const wanted: Array<object | undefined> = [undefined, asking(2), asking(3, { kind: "confirm", label: "Sure?" })]
    const page = await open(asking(1), () => wanted.shift())
    const { prompt: _, ...goesOn } = asking(4)
    wanted.push(goesOn)
    await shows(page, "left to answer")
    const reply = async (text: string) => {
      await page.getByLabel("Code from the text message").fill(text)
      await page.keyboard.press("Tab")
      await page.keyboard.press("Enter")
    }

    await reply("letters")
    await shows(page, "Expected digits")
    const refused = [
      await page.getByRole("alert").textContent(),
      await page.getByText("Send").evaluate((button) => button === document.activeElement)
    ]
    await reply("123")
    await shows(page, "Asked 2 times")
    const again = await focused(page)
    await reply("456")
    await shows(page, "Yes")
    await page.getByRole("group", { name: "Sure?" }).getByRole("button", { name: "Yes" }).press("Enter")
    await shows(page, "Running")

    expect(refused).toEqual(["The request has wrong values. value: Expected digits", true])
    expect([again, await focused(page)]).toEqual([
      ["DIV", "Trip to Rome"],
      ["DIV", "Trip to Rome"]
    ])
    await page.close()
  },
  LONGEST_MS
)

test(
  "keeps a question inside of its card, however narrow",
  async () => {
    const page = await open(asking(1), () => undefined)
    await shows(page, "left to answer")

    const outside = await tracker(page).evaluate((card) => {
      card.style.inlineSize = "200px"
      const { right } = card.getBoundingClientRect()
      return [...card.querySelectorAll(":scope > *:not(.cb-said), .cb-question > *")]
        .filter((each) => each.getBoundingClientRect().right > right)
        .map(({ className }) => className)
    })

    expect(outside).toEqual([])
    await page.close()
  },
  LONGEST_MS
)
