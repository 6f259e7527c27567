import { expect } from "bun:test"
import { Effect } from "effect"
import { look } from "../../support/boardWindow.ts"
import { it } from "../../support/effect.ts"
import { openBoard } from "./openBoard.ts"

it.live(
  "goes where single keys lead, but not while somebody types, nor where they are switched off",
  () =>
    Effect.gen(function* () {
      const { fake, open, page, server } = yield* openBoard
      fake.seed({ status: "failed", attempts: 3 })
      const press = async (...keys: ReadonlyArray<string>) => {
        for (const key of keys) await page.keyboard.press(key)
      }
      yield* look(async () => {
        await open("/jobs")
        await press("l")
        await page.locator('#live[data-state="paused"]').waitFor()
        await press("l")
        await page.locator('#live[data-state="live"]').waitFor()
        await press("/", "g", "f")
        expect(await page.locator("#search").inputValue()).toBe("gf")
        await page.locator("h1").click()
        await press("j", "Enter")
        await page.waitForURL("**/jobs/JOB_*")
        await page.locator('#live[data-state="live"]').waitFor()
        await press("2")
        await page.waitForURL("**/steps")
        await page.locator('#live[data-state="live"]').waitFor()
        await press("]")
        await page.waitForURL("**/steps?attempt=1")
        await page.locator('#live[data-state="live"]').waitFor()
        await press("g", "f")
        await page.waitForURL("**/failures")
        await page.locator('#live[data-state="live"]').waitFor()
        await press("?")
        await page.waitForURL("**/help#keys")

        await page.goto(`${server.url.origin}/settings`)
        await page.getByLabel("Single keys").selectOption("off")
        await page.getByRole("button", { name: "Save" }).click()
        await page.getByText("Saved.").waitFor()
        await open("/jobs")
        await press("l", "g", "f")
        expect(await page.locator("#live").getAttribute("data-state")).toBe("live")
        expect(new URL(page.url()).pathname).toBe("/jobs")
      })
    }),
  120_000
)
