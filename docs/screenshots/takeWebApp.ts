/**
 * The second half of `bun run screenshots`: the pictures of the example in docs/clients.md. It starts the example as its
 * one command does, with a language model that is made up, has a restaurant set up and a trip planned, and stops it.
 */
import { join, resolve } from "node:path"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import type { Page } from "playwright"
import { look } from "../../test/support/boardWindow.ts"
import { openBrowser } from "../../test/support/browser.ts"
import { eventually, spawnCallboard, temporaryDirectory } from "../../test/support/CallboardProcess.ts"
import { type Answering, startFakeAi } from "../../test/support/FakeAi.ts"
import { dayOf } from "../../test/support/tripAnswers.ts"
import { shrink } from "./shrink.ts"

const DOCS = join(import.meta.dir, "..")
const MAIN = join(DOCS, "../examples/web-app/main.ts")

const days = [
  { theme: "Hills and trams", area: "Alfama", sights: ["Tram 28 to Graça", "Lunch at a tasca"], cost: 95 },
  { theme: "By the river", area: "Belém", sights: ["Jerónimos Monastery", "Custard tarts in Belém"], cost: 110 },
  { theme: "Food", area: "Baixa", sights: ["Time Out Market", "Fado with dinner"], cost: 180 }
]

/** As long as models take, so that the pictures of running jobs have some. */
const ANSWER_MS = 5_000

const answers: Answering = async (request) => {
  await Bun.sleep(ANSWER_MS)
  if (request.object === "trip_outline") {
    const outline = days.map(({ area, theme }, index) => ({ day: index + 1, theme, area }))
    const summary = "Old trams, tiled streets and much to eat."
    return { object: { title: "Three days in Lisbon", summary, days: outline } }
  }
  const { area, cost, sights } = days[dayOf(request) - 1]!
  const activities = sights.map((title, index) => ({
    time: index === 0 ? "10:00" : "13:30",
    title,
    description: title,
    place: area,
    category: "sight",
    cost: index === 0 ? cost - 60 : 60
  }))
  return { object: { activities } }
}

const startExample = Effect.gen(function* () {
  const ai = yield* startFakeAi(answers)
  const dataDirectory = join(yield* temporaryDirectory, "data")
  const env = { CALLBOARD_PORT: "0", CALLBOARD_AI_BASE_URL: ai.baseUrl, CALLBOARD_AI_MODEL: "small" }
  const { output } = yield* spawnCallboard({ main: MAIN, dataDirectory, env })
  return yield* eventually(Effect.sync(() => /The example is ready: (\S+)/u.exec(output())?.[1]))
})

const save = async (page: Page, name: string) => {
  const file = resolve(DOCS, `${name}.png`)
  await page.screenshot({ path: file })
  shrink(file)
}

/** As high as what is on it. */
const take = async (page: Page, name: string) => {
  await page.setViewportSize({ width: 1200, height: 500 })
  await page.setViewportSize({ width: 1200, height: await page.evaluate(() => document.documentElement.scrollHeight) })
  await save(page, name)
}

/** The end of the page, which has what came of the forms. */
const takePhone = async (page: Page) => {
  await page.setViewportSize({ width: 390, height: 760 })
  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight))
  await save(page, "web-app-phone")
}

const program = Effect.gen(function* () {
  const [url, browser] = yield* Effect.all([startExample, openBrowser], { concurrency: 2 })
  yield* look(async () => {
    const page = await browser.newPage({ timezoneId: "Europe/Rome", reducedMotion: "reduce" })
    page.setDefaultTimeout(60_000)
    await page.goto(url)
    await page.getByRole("button", { name: "Set it up" }).click()
    await page.getByRole("group", { name: "Bring in the menu" }).getByText("Running", { exact: true }).waitFor()
    await page.getByRole("button", { name: "Plan it" }).click()
    await page.getByRole("group", { name: "Your trip" }).getByText("Running", { exact: true }).waitFor()
    await page.mouse.move(0, 0)
    await take(page, "web-app")
    await page.getByRole("link", { name: "look at its website" }).waitFor()
    await page.getByText("Together").waitFor()
    await take(page, "web-app-done")
    await page.emulateMedia({ colorScheme: "dark" })
    await take(page, "web-app-dark")
    await page.emulateMedia({ colorScheme: "light" })
    await takePhone(page)
  })
  yield* Console.log("web-app")
})

NodeRuntime.runMain(Effect.scoped(program))
