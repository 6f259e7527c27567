/** What the board's script does in a real browser, over jobs in memory: what the reader has in hand stays as it is. */
import { expect } from "bun:test"
import { Effect } from "effect"
import type { Page } from "playwright"
import type { Job } from "../../../src/domain/Job.ts"
import { PromptId } from "../../../src/domain/JobPrompt.ts"
import { look } from "../../support/boardWindow.ts"
import { it } from "../../support/effect.ts"
import { at } from "../../support/FakeJobs.ts"
import { openBoard } from "./openBoard.ts"

const LONG_MS = 120_000

const asking = (label: string): Partial<Job> => ({
  status: "in_progress",
  attempts: 1,
  startedAt: at(Date.now()),
  prompt: {
    id: PromptId.make("01912d68-783e-7a3a-8c1e-4f0f2f6b9a10"),
    kind: "text",
    label,
    attempt: 1,
    timesAsked: 1,
    askedAt: at(Date.now() - 60_000),
    deadline: at(Date.now() + 600_000)
  }
})

const focused = (page: Page) => page.evaluate(() => document.activeElement?.closest("[id]")?.id)

it.live(
  "leaves a card alone while somebody types in it, and brings what it missed when they are done",
  () =>
    Effect.gen(function* () {
      const { fake, open, page } = yield* openBoard
      const job = fake.seed(asking("Name of the owner"))
      const running = fake.seed({ status: "in_progress", attempts: 1 })
      yield* look(async () => {
        await open("/")
        await page.getByLabel("Name of the owner").fill("Gio")

        fake.change(job.id, asking("Name of the new owner"))
        fake.change(running.id, { progress: { percent: 40, totalSteps: 3 } })
        await page.locator(`#job-${running.id} .bar-number`, { hasText: "40%" }).waitFor()

        expect(await page.getByLabel("Name of the owner").inputValue()).toBe("Gio")
        await page.locator("h1").click()
        await page.getByLabel("Name of the new owner").waitFor()
        expect(await page.getByLabel("Name of the new owner").inputValue()).toBe("Gio")
      })
    }),
  LONG_MS
)

it.live(
  "shows new jobs when they are asked for, keeps what was ticked, and goes to the first new one",
  () =>
    Effect.gen(function* () {
      const { fake, open, page } = yield* openBoard
      const job = fake.seed({ status: "failed" })
      yield* look(async () => {
        await open("/jobs")
        await page.locator(`#tick-${job.id}`).check()
        const added = fake.seed()
        fake.change(added.id, {})

        await page.getByText("1 new job – show").click()
        await page.locator(`#job-${added.id}`).waitFor()
        await page.waitForFunction(() => document.activeElement?.closest("tr") !== null)

        expect(await focused(page)).toBe(`job-${added.id}`)
        expect(await page.locator(`#tick-${job.id}`).isChecked()).toBe(true)
        expect(await page.locator("#bulk-count").textContent()).toBe("1 selected")
      })
    }),
  LONG_MS
)

it.live(
  "says since when a page is not live, and offers to load it again",
  () =>
    Effect.gen(function* () {
      const { fake, open, page, server } = yield* openBoard
      fake.seed()
      yield* look(async () => {
        await page.clock.install()
        await open("/jobs")
        await server.stop(true)
        await page.getByText("Reconnecting…").waitFor()
        await page.clock.fastForward(31_000)
        await page.getByText(/^Not live since \d\d:\d\d/u).waitFor()
      })
    }),
  LONG_MS
)

it.live(
  "tells times in the zone of the reader, or in UTC where they chose that, and a hello that fits the hour",
  () =>
    Effect.gen(function* () {
      const { fake, open, page } = yield* openBoard
      const old = Date.parse("2026-07-06T04:00:00Z")
      const job = fake.seed({ status: "completed", completedAt: at(old) })
      const when = page.locator(`#job-${job.id} .job-when time`)
      yield* look(async () => {
        await page.clock.setFixedTime(new Date("2026-07-09T04:30:00Z"))
        await open("/jobs")
        await when.filter({ hasText: "Mon 6 Jul, 06:00 CEST" }).waitFor()
        await when.hover()
        expect(await when.getAttribute("title")).toMatch(/^Monday,? 6 July 2026 at 06:00:00 CEST$/u)
        await open("/")
        await page.getByText("Good morning.").waitFor()
        await page.goto(`${new URL(page.url()).origin}/jobs/${job.jobId}/history`)
        await page
          .locator(".history-at")
          .first()
          .getByText(/^\d\d:\d\d:\d\d$/u)
          .waitFor()
        await page.goto(`${new URL(page.url()).origin}/settings`)
        await page.getByLabel("Times").selectOption("utc")
        await page.getByRole("button", { name: "Save" }).click()
        await page.getByText("Saved.").waitFor()
        await open("/jobs")
        await when.filter({ hasText: "Mon 6 Jul, 04:00 UTC" }).waitFor()
        await open("/")
        await page.getByText("Good evening.").waitFor()
      })
    }),
  LONG_MS
)

it.live(
  "says by the clock of the server how long a question can be answered, whatever the reader's clock says",
  () =>
    Effect.gen(function* () {
      const { fake, open, page, server } = yield* openBoard
      fake.seed({ ...asking("Name of the owner"), lane: "default" })
      const left = page.locator(".question-left time")
      const minutesLeft = async () => Number(/^(\d+) m/u.exec((await left.textContent())!)?.[1])
      yield* look(async () => {
        for (const clock of [Date.now() + 11 * 60_000, Date.now() - 30 * 60_000]) {
          await page.clock.install({ time: clock })
          await open("/inbox")
          await page.clock.runFor(2_000)
          expect([9, 10]).toContain(await minutesLeft())
        }
        expect(await page.locator("#toasts-alert").textContent()).toBe("")

        // A page that the browser had kept says when it was made, which may be long ago.
        await page.goto(`${server.url.origin}/help`)
        await page.route("**/events*", (route) => route.abort())
        await page.goBack()
        await page.clock.runFor(2_000)
        expect([9, 10]).toContain(await minutesLeft())
      })
    }),
  LONG_MS
)

it.live(
  "finds lines of data and names the path of the one that was pressed",
  () =>
    Effect.gen(function* () {
      const { fake, open, page } = yield* openBoard
      const job = fake.seed({ input: { menu: [{ dishes: { "first course": "Soup" } }] } })
      yield* look(async () => {
        await open(`/jobs/${job.jobId}/data`)
        const soup = page.locator(".tree").getByText('"Soup"')
        expect(await soup.isVisible()).toBe(false)
        await page.getByLabel("Find in input").fill("soup")
        await page.getByText("1 line", { exact: true }).waitFor()
        await soup.click()
        await page.getByText('menu[0].dishes["first course"]').waitFor()
        expect(await page.getByRole("button", { name: "Copy value" }).isVisible()).toBe(true)
      })
    }),
  LONG_MS
)

it.live(
  "copies the path and the value of a line of data by the keyboard alone",
  () =>
    Effect.gen(function* () {
      const { fake, open, page } = yield* openBoard
      const job = fake.seed({ input: { city: "Rome", menu: [] } })
      yield* look(async () => {
        await page.context().grantPermissions(["clipboard-read", "clipboard-write"])
        const press = (...keys: ReadonlyArray<string>) =>
          keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve())
        const copied = () => page.evaluate(() => navigator.clipboard.readText())
        await open(`/jobs/${job.jobId}/data`)
        await page.getByLabel("Find in input").focus()
        // The line of the whole input, then its first value.
        await press("Tab", "Tab", "Enter")
        await page.getByText("city", { exact: true }).waitFor()
        await press("Enter")
        expect(await copied()).toBe("city")
        await press("Tab", "Enter")
        expect(await copied()).toBe("Rome")
        await press("Escape", "Tab", "Space")
        await page.getByText("menu", { exact: true }).waitFor()
        await press("Enter")
        expect(await copied()).toBe("menu")
      })
    }),
  LONG_MS
)

it.live(
  "has a place for everything in the tree that screen readers read, and marks that need no colour",
  () =>
    Effect.gen(function* () {
      const { fake, open, page } = yield* openBoard
      fake.seed({ status: "failed", attempts: 1, restaurantId: "bao-house" })
      yield* look(async () => {
        await open("/jobs?status=failed")
        await page.emulateMedia({ forcedColors: "active" })
        const tree = await page.locator("main").ariaSnapshot()
        const border = await page
          .locator(".badge")
          .first()
          .evaluate((badge) => getComputedStyle(badge).borderTopStyle)

        expect(border).toBe("solid")
        for (const line of [
          'heading "Jobs" [level=1]',
          'navigation "Status"',
          'list "Filters"',
          'link "Failed , take this filter away"',
          'table "Jobs, newest first"',
          'checkbox "Choose Add item tags · bao-house',
          'rowheader "Add item tags · bao-house',
          'progressbar "Add item tags · bao-house"'
        ]) {
          expect(tree).toContain(line)
        }
      })
    }),
  LONG_MS
)
