import { expect } from "bun:test"
import { Effect } from "effect"
import { look } from "../../support/boardWindow.ts"
import { it } from "../../support/effect.ts"
import { openBoard } from "./openBoard.ts"

const LONG_MS = 120_000

const focusedText = () => document.activeElement?.textContent?.trim()

it.live(
  "comes back to the button that took the place of the one that was pressed",
  () =>
    Effect.gen(function* () {
      const { open, page } = yield* openBoard
      yield* look(async () => {
        await open("/fleet")
        const lane = page.getByRole("row", { name: /^browser/u })
        await lane.getByText("Pause…").click()
        await lane.getByRole("textbox").fill("the portal is down")
        await page.keyboard.press("Enter")
        await lane.getByRole("button", { name: "Resume" }).waitFor()

        expect(await page.evaluate(focusedText)).toBe("Resume")
        await page.getByRole("button", { name: "Dark" }).click()
        await page.locator('html[data-theme="dark"]').waitFor()
        expect(await page.evaluate(focusedText)).toBe("Dark")
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
        const lane = page.getByRole("row", { name: /^browser/u })
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
  "gives back what somebody wrote when they had to sign in meanwhile, and only then",
  () =>
    Effect.gen(function* () {
      const { fake, open, page, server } = yield* openBoard
      fake.board.restaurantDetails.set("bao-house", { restaurantId: "bao-house", latest: [], answers: [], labels: [] })
      const address = `${server.url.origin}/restaurants/bao-house`
      const writeWhileOut = async () => {
        await page.goto(address)
        await page.getByText("Write a note").click()
        await page.locator("#note-text").fill("Owner answers from 15 to 17")
        await page.getByRole("button", { name: "Save note" }).click()
        await page.getByText("signed out").waitFor()
      }
      yield* look(async () => {
        await page.route("**/note", (route) => route.fulfill({ contentType: "text/html", body: "signed out" }))
        await writeWhileOut()
        await page.goto(address, { referer: `${server.url.origin}/sign-in` })
        await page.locator('#live[data-state="live"]').waitFor()
        expect(await page.locator("#note-text").inputValue()).toBe("Owner answers from 15 to 17")

        await writeWhileOut()
        await open("/restaurants/bao-house")
        expect(await page.locator("#note-text").inputValue()).toBe("")
      })
    }),
  LONG_MS
)
