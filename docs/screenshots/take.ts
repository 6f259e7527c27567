/**
 * `bun run screenshots`: takes the pictures of docs/board.md and of the README again. It starts a Callboard of its own
 * with sample jobs in every status, looks at it as operators do, and stops it.
 */
import { join, resolve } from "node:path"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import type { Browser, Page } from "playwright"
import { look, startBoard } from "../../test/support/boardWindow.ts"
import type { RunningCallboard } from "../../test/support/CallboardProcess.ts"
import { shrink } from "./shrink.ts"

const FOLDER = import.meta.dir
const WIDE = { width: 1200, height: 760 }
const PHONE = { width: 390, height: 760 }

/** Jobs that the pictures show: one for each restaurant, oldest first. What becomes of it stands in jobTypes.ts. */
const restaurants = [
  "bao-house",
  "taverna-ilios",
  "osteria-nova",
  "ristorante-bella",
  "gelateria-fredda",
  "sushi-ito",
  "pizzeria-napoli",
  "cafe-lumen",
  "trattoria-roma"
]

/** As many as wait for something for long: the next ones have to wait for a place. */
const PLACES = "4"

const portal = { portal: "partner-one", email: "owner@example.com", password: "practice-password" }

const expected: Readonly<Record<string, string>> = {
  "osteria-nova": "failed",
  "ristorante-bella": "failed",
  "bao-house": "completed",
  "taverna-ilios": "completed"
}

const seed = (callboard: RunningCallboard) =>
  Effect.gen(function* () {
    const create = (restaurantId: string, rest: object = {}) =>
      callboard.create("refresh-menu", { restaurantId, ...portal }, rest)
    const { body } = yield* callboard.json<{ data: ReadonlyArray<{ name: string; example: object }> }>(
      "/api/jobs/types"
    )
    const example = body.data.find(({ name }) => name === "add-item-tags")?.example
    const tags = yield* callboard.create("add-item-tags", example)
    const refused = yield* callboard.create("add-item-tags", { ...example, password: "old-password" })
    yield* callboard.jobEnded(tags.id)
    yield* callboard.jobEnded(refused.id)
    const ids = new Map<string, string>()
    for (const restaurantId of restaurants) {
      const { id, jobId } = yield* create(restaurantId)
      ids.set(restaurantId, jobId)
      const end = expected[restaurantId]
      if (end !== undefined) yield* callboard.jobEnded(id)
      else yield* callboard.jobWhen(id, ({ attempts }) => attempts > 0)
    }
    yield* create("brasserie-louis")
    yield* create("harbour-grill", { runAt: new Date(Date.now() + 20 * 3_600_000).toISOString() })
    const taken = yield* create("noodle-bar", { runAt: new Date(Date.now() + 3_600_000).toISOString() })
    yield* callboard.post(`/api/jobs/${taken.id}/cancel`, {})
    return { tags: tags.jobId, jobOf: (restaurant: string) => ids.get(restaurant) ?? "" }
  })

/** What operators see has a person's name in it, so somebody signs in. */
const signIn = (page: Page, callboard: RunningCallboard, base: string) =>
  Effect.gen(function* () {
    const made = yield* callboard.post<{ data: { secret: string } }>("/api/keys", { name: "Ada", role: "operator" })
    yield* look(async () => {
      await page.goto(`${base}/sign-in`)
      await page.locator("input[type=password]").fill(made.body.data.secret)
      await page.getByRole("button", { name: /sign in/iu }).click()
      await page.waitForURL(({ pathname }) => pathname !== "/sign-in")
    })
  })

interface Shot {
  readonly name: string
  readonly path: string
  /** What the picture waits for, and what is pressed before it. */
  readonly ready: (page: Page) => Promise<unknown>
  readonly phone?: boolean
  readonly dark?: boolean
}

const heading = (text: string) => (page: Page) => page.getByRole("heading", { name: text }).first().waitFor()

/** A frame is there before its picture. Those below the window are loaded when somebody scrolls there. */
const filmShown = async (page: Page) => {
  await page.locator(".film-frame img").first().waitFor()
  await page.locator(".film-frame img").evaluateAll((pictures) => {
    const shown = pictures.filter((each) => each.getBoundingClientRect().top < innerHeight)
    return Promise.all(shown.map((each) => (each as HTMLImageElement).decode()))
  })
}

/** A page that cannot be held still has no such button. */
const live = async (page: Page) => {
  const button = page.locator("#live")
  if ((await button.count()) > 0) await button.and(page.locator('[data-state="live"]')).waitFor()
}

type Seeded = Effect.Success<ReturnType<typeof seed>>

const shots = ({ jobOf, tags }: Seeded): ReadonlyArray<Shot> => {
  const failed = `/jobs/${jobOf("ristorante-bella")}`
  return [
    {
      name: "now",
      path: "/",
      // What ended is counted every 30 seconds: before, two numbers of the page do not agree.
      ready: (page) => page.getByText("in the last hour, 3 failed.").waitFor({ timeout: 60_000 })
    },
    { name: "inbox", path: "/inbox", ready: (page) => page.getByLabel("Code from the text message").waitFor() },
    { name: "../board", path: "/jobs", ready: heading("Jobs") },
    { name: "failed-jobs", path: "/jobs?status=failed", ready: heading("Jobs") },
    { name: "failed-job", path: failed, ready: heading("What went wrong") },
    { name: "retry", path: `${failed}/retry`, ready: heading("Retry") },
    {
      name: "many",
      path: "/jobs?status=failed",
      ready: async (page) => {
        for (const box of await page.locator(".job-tick input").all()) await box.check()
        await page.locator("#bulk-form.shown").waitFor()
      }
    },
    {
      name: "running-job",
      path: `/jobs/${jobOf("sushi-ito")}`,
      ready: (page) => page.getByText("18 of 40").first().waitFor()
    },
    { name: "failures", path: "/failures", ready: heading("Failures") },
    { name: "film", path: `/jobs/${tags}/browser`, ready: filmShown },
    {
      name: "start",
      path: "/jobs/new/refresh-menu",
      ready: (page) => page.getByRole("button", { name: "Start job" }).waitFor()
    },
    {
      name: "import",
      path: "/jobs/new/bulk_import?jobType=change-price",
      ready: (page) => page.getByText("The same row as NDJSON").waitFor()
    },
    { name: "restaurant", path: "/restaurants/trattoria-roma", ready: heading("trattoria-roma") },
    { name: "fleet", path: "/fleet", ready: heading("Fleet") },
    { name: "phone", path: "/jobs", phone: true, ready: heading("Jobs") },
    { name: "dark", path: failed, dark: true, ready: heading("What went wrong") }
  ]
}

const take = (page: Page, base: string, { dark = false, name, path, phone = false, ready }: Shot) =>
  look(async () => {
    const file = resolve(FOLDER, `${name}.png`)
    await page.setViewportSize(phone ? PHONE : WIDE)
    await page.emulateMedia({ colorScheme: dark ? "dark" : "light", reducedMotion: "reduce" })
    await page.goto(`${base}${path}`)
    await page.evaluate(() => document.querySelector(".banner")?.remove())
    await ready(page)
    await page.waitForLoadState("load")
    await live(page)
    await page.screenshot({ path: file })
    shrink(file)
  })

const newPage = (browser: Browser) => look(() => browser.newPage({ viewport: WIDE, timezoneId: "Europe/Rome" }))

const program = Effect.gen(function* () {
  const env = {
    CALLBOARD_CONFIG: join(FOLDER, "jobTypes.ts"),
    CALLBOARD_DEFAULT_CONCURRENCY: PLACES,
    CALLBOARD_SHUTDOWN_GRACE: "1 second"
  }
  const { base, browser, callboard } = yield* startBoard(env)
  const seeded = yield* seed(callboard)
  const page = yield* newPage(browser)
  yield* signIn(page, callboard, base)
  for (const shot of shots(seeded)) {
    yield* take(page, base, shot)
    yield* Console.log(shot.name)
  }
})

NodeRuntime.runMain(Effect.scoped(program))
