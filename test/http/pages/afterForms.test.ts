import { expect } from "bun:test"
import { Effect } from "effect"
import type { Page } from "playwright"
import { look } from "../../support/boardWindow.ts"
import { it } from "../../support/effect.ts"
import { openBoard, openClosedBoard } from "./openBoard.ts"

const LONG_MS = 120_000

const focusedText = () => document.activeElement?.textContent?.trim()

it.live(
  "comes back to the button that took the place of the one that was pressed",
  () =>
    Effect.gen(function* () {
      const { open, page } = yield* openBoard
      yield* look(async () => {
        await open("/fleet")
        const lane = page.getByRole("row", { name: /^In a browser/u })
        await lane.getByText("Pause…").click()
        await lane.getByRole("textbox").fill("the portal is down")
        await page.keyboard.press("Enter")
        await lane.getByRole("button", { name: "Resume" }).waitFor()

        expect(await page.evaluate(focusedText)).toBe("Resume")
        await page.getByRole("button", { name: "Dark" }).click()
        await page.locator('html[data-theme="dark"]').waitFor()
        expect(await page.evaluate(focusedText)).toBe("Dark")

        await open("/fleet")
        await lane.getByRole("button", { name: "Resume" }).click()
        await lane.getByText("Pause…").waitFor()
        expect(await page.evaluate(focusedText)).toBe("Pause…")
      })
    }),
  LONG_MS
)

it.live(
  "never moves the focus onto another action of what was acted on",
  () =>
    Effect.gen(function* () {
      const { fake, open, page, server } = yield* openBoard
      const schedule = yield* fake.insights.schedules.contract.create({
        name: "Every morning",
        cron: "0 6 * * *",
        jobType: "add-item-tags",
        input: {
          restaurantId: "bao-house",
          portal: { email: "owner@practice.example", password: "practice-password" },
          dishes: [],
          overwrite: true
        }
      })
      fake.board.restaurantDetails.set("bao-house", {
        restaurantId: "bao-house",
        latest: [],
        answers: [],
        labels: [],
        ended: { days: [] }
      })
      yield* look(async () => {
        for (const path of ["/schedules", `/schedules/${schedule.id}`]) {
          await page.goto(`${server.url.origin}${path}`)
          for (const [pressed, next] of [
            ["Pause", "Resume"],
            ["Resume", "Pause"]
          ] as const) {
            await page.getByRole("button", { name: pressed }).focus()
            await page.keyboard.press("Enter")
            await page.getByRole("button", { name: next }).waitFor()
            expect([path, await page.evaluate(focusedText)]).toEqual([path, `${next} Every morning`])
          }
        }
        expect(fake.jobs.size).toBe(0)

        // Another admin has meanwhile taken that action away: the name is left, beside "Run now".
        await page.goto(`${server.url.origin}/schedules`)
        const again = "<script>location.replace('/schedules')</script>"
        await page.route("**/pause", (route) => route.fulfill({ contentType: "text/html", body: again }))
        await page.route(`${server.url.origin}/schedules`, async (route) => {
          const answer = await route.fetch()
          const body = (await answer.text()).replaceAll(/<form[^>]*\/pause".*?<\/form>/gsu, "")
          await route.fulfill({ response: answer, body })
        })
        await page.getByRole("button", { name: "Pause" }).click()
        await page.waitForFunction(() => document.activeElement?.textContent === "Every morning")

        await open("/restaurants/bao-house")
        await page.getByText("Write a note").click()
        await page.getByRole("textbox", { name: "Note" }).fill("Owner answers from 15 to 17")
        await page.getByRole("button", { name: "Save note" }).click()
        await page.getByText("Edit", { exact: true }).waitFor()
        expect(await page.evaluate(focusedText)).toBe("Edit")
      })
    }),
  LONG_MS
)

it.live(
  "shows in rows that scroll sideways where the reader is",
  () =>
    Effect.gen(function* () {
      const { fake, open, page } = yield* openBoard
      const { jobId } = fake.seed({ status: "failed" })
      yield* look(async () => {
        await page.setViewportSize({ width: 320, height: 700 })
        for (const path of ["/fleet", "/restaurants", `/jobs/${jobId}/history`]) {
          await open(path)
          const out = await page.evaluate(() =>
            [...document.querySelectorAll(".nav [aria-current], .tabs [aria-current]")]
              .map((here) => here.getBoundingClientRect())
              .filter(({ left, right }) => left < 0 || right > innerWidth)
          )
          expect([path, out]).toEqual([path, []])
          expect([path, await page.evaluate(() => scrollY)]).toEqual([path, 0])
        }
      })
    }),
  LONG_MS
)

it.live(
  "leaves an open form alone while the page asks for itself",
  () =>
    Effect.gen(function* () {
      const { fake, open, page } = yield* openBoard
      yield* look(async () => {
        await open("/fleet")
        const lane = page.getByRole("row", { name: /^In a browser/u })
        await lane.getByText("Pause…").click()
        await lane.getByRole("textbox").fill("because")
        const asked = page.waitForResponse((response) => response.url().endsWith("/fleet"))
        await asked
        await page.evaluate(() => new Promise(requestAnimationFrame))

        expect(await lane.getByRole("textbox").inputValue()).toBe("because")
        expect(fake.jobs.size).toBe(0)
      })
    }),
  LONG_MS
)

it.live(
  "sends a form once, however often its button is pressed before the answer is there",
  () =>
    Effect.gen(function* () {
      const { page, server } = yield* openBoard
      const answered = Promise.withResolvers<void>()
      const sent: Array<string> = []
      page.on("request", (request) => request.method() === "POST" && sent.push(request.url()))
      yield* look(async () => {
        await page.goto(`${server.url.origin}/settings`)
        const button = page.getByRole("button", { name: "Save" })
        await button.scrollIntoViewIfNeeded()
        const { x, y } = (await button.boundingBox())!
        // The mouse waits for no page, unlike the press of a locator.
        const press = () => page.mouse.click(x + 5, y + 5)
        await page.route("**/settings", async (route) => {
          await answered.promise
          await route.continue()
        })
        const first = page.waitForRequest("**/settings")
        await press()
        await first
        await press()
        answered.resolve()
        await page.getByText("Saved.").waitFor()
        expect(sent).toHaveLength(1)

        await button.click()
        expect(sent).toHaveLength(2)
      })
    }),
  LONG_MS
)

/** As when the session has run out. */
const signOut = (page: Page) => page.context().clearCookies({ name: "callboard-session" })

const signIn = async (page: Page, secret: string) => {
  await page.waitForURL("**/sign-in?*")
  await page.getByLabel("Key").fill(secret)
  await page.getByRole("button", { name: "Sign in" }).click()
  await page.waitForURL(({ pathname }) => pathname !== "/sign-in")
}

it.live(
  "gives back what somebody wrote when they had to sign in meanwhile, and only then",
  () =>
    Effect.gen(function* () {
      const { fake, identity, open, page, server } = yield* openClosedBoard
      const secret = identity.keyFor("operator")
      fake.board.restaurantDetails.set("bao-house", {
        restaurantId: "bao-house",
        latest: [],
        answers: [],
        labels: [],
        ended: { days: [] }
      })
      const address = `${server.url.origin}/restaurants/bao-house`
      const write = async () => {
        await page.getByText("Write a note").click()
        await page.locator("#note-text").fill("Owner answers from 15 to 17")
      }
      yield* look(async () => {
        await page.goto(address)
        await signIn(page, secret)
        await write()
        await signOut(page)
        await page.getByRole("button", { name: "Save note" }).click()
        await signIn(page, secret)
        await page.locator('#live[data-state="live"]').waitFor()
        expect(page.url()).toBe(address)
        expect(await page.locator("#note-text").inputValue()).toBe("Owner answers from 15 to 17")

        await page.route("**/note", (route) => route.fulfill({ contentType: "text/html", body: "lost" }))
        await page.getByRole("button", { name: "Save note" }).click()
        await page.getByText("lost").waitFor()
        await open("/restaurants/bao-house")
        expect(await page.locator("#note-text").inputValue()).toBe("")
      })
    }),
  LONG_MS
)

it.live(
  "gives back the reason of an action on many jobs, also when it was refused before, or another page came first",
  () =>
    Effect.gen(function* () {
      const { fake, identity, page, server } = yield* openClosedBoard
      const secret = identity.keyFor("operator")
      const [one, other] = [fake.seed({ status: "failed" }), fake.seed()]
      yield* look(async () => {
        await page.goto(`${server.url.origin}/jobs`)
        await signIn(page, secret)
        for (const { id } of [one, other]) await page.locator(`#tick-${id}`).check()
        await page.getByRole("button", { name: "Cancel…" }).click()
        const reason = page.getByLabel("Why?")
        await reason.fill("the portal is down")
        fake.change(one.id, { status: "pending" })
        await page.getByRole("button", { name: "Cancel 1 job" }).click()
        await page.getByText("The jobs have changed meanwhile").waitFor()
        await reason.fill("the portal is down today")

        await signOut(page)
        await page.getByRole("button", { name: "Cancel 2 jobs" }).click()
        await signIn(page, secret)
        await page.getByRole("heading", { name: "Cancel 2 jobs?" }).waitFor()
        expect(await reason.inputValue()).toBe("the portal is down today")

        const plan = page.url()
        await signOut(page)
        await page.getByRole("button", { name: "Cancel 2 jobs" }).click()
        await page.waitForURL("**/sign-in?*")
        await page.goto(`${server.url.origin}/sign-in?back=%2Fhelp`)
        await signIn(page, secret)
        await page.waitForURL("**/help")
        await page.goto(plan)
        expect(await reason.inputValue()).toBe("the portal is down today")
      })
    }),
  LONG_MS
)

it.live(
  "gives back what somebody typed into the form of a job when they had to sign in meanwhile, and no secret",
  () =>
    Effect.gen(function* () {
      const { fake, identity, page, server } = yield* openClosedBoard
      const secret = identity.keyFor("operator")
      yield* look(async () => {
        await page.goto(`${server.url.origin}/jobs/new/add-item-tags`)
        await signIn(page, secret)
        await page.getByLabel("Restaurant id").fill("bao-house")
        await page.getByLabel("Pace").selectOption("careful")
        await page.getByLabel("Overwrite").uncheck()
        await page.getByLabel("Password").fill("hunter2")
        await signOut(page)
        await page.getByRole("button", { name: "Start job" }).last().click()
        await page.waitForURL("**/sign-in?*")
        expect(await page.evaluate(() => JSON.stringify(sessionStorage))).not.toContain("hunter2")
        await signIn(page, secret)

        await page.getByText("Not all that you typed could be kept").waitFor()
        expect(await page.getByLabel("Restaurant id").inputValue()).toBe("bao-house")
        expect(await page.getByLabel("Pace").inputValue()).toBe("careful")
        expect(await page.getByLabel("Overwrite").isChecked()).toBe(false)
        expect(await page.getByLabel("Password").inputValue()).toBe("practice-password")
        expect(fake.jobs.size).toBe(0)
      })
    }),
  LONG_MS
)
