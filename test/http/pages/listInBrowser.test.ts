/** What the script of the board does with a list in a real browser, over jobs in memory. */
import { expect } from "bun:test"
import { Effect } from "effect"
import { look } from "../../support/boardWindow.ts"
import { it } from "../../support/effect.ts"
import { openBoard } from "./openBoard.ts"

const LONG_MS = 120_000

it.live(
  "says in the boxes of the filter what the list shows, also when another one could not be loaded",
  () =>
    Effect.gen(function* () {
      const { fake, open, page } = yield* openBoard
      fake.seed({ restaurantId: "bao-house" })
      const [type, restaurant, search] = [
        page.getByLabel("Type"),
        page.getByLabel("Restaurant", { exact: true }),
        page.locator("#filter-q")
      ]
      const refusals = [
        { answer: undefined, said: "Could not reach the server." },
        { answer: { status: 500, body: "no" }, said: "The server answered 500." }
      ]
      yield* look(async () => {
        for (const { answer, said } of refusals) {
          await open("/jobs?restaurant=bao-house")
          await page.route("**/jobs?*", (route) => (answer === undefined ? route.abort() : route.fulfill(answer)))
          await type.selectOption("add-item-tags")
          await page.getByText(said).waitFor()

          expect([await type.inputValue(), await restaurant.inputValue()]).toEqual(["", "bao-house"])
          await search.fill("menu")
          await page.getByText(said).nth(1).waitFor()
          expect(await search.inputValue()).toBe("menu")
          await page.unroute("**/jobs?*")
        }
      })
    }),
  LONG_MS
)

it.live(
  "ticks the same jobs again after somebody came back, wherever they stand now, and counts them",
  () =>
    Effect.gen(function* () {
      const { fake, open, page, server } = yield* openBoard
      const job = fake.seed()
      yield* look(async () => {
        await open("/jobs")
        await page.locator(`#tick-${job.id}`).check()
        await page.locator("#bulk-all").check()
        await page.goto(`${server.url.origin}/help`)
        const newer = fake.seed()
        await page.route("**/events*", (route) => route.abort())
        await page.goBack()

        await page.locator("#bulk-form.shown").waitFor()
        expect(await page.locator(`#tick-${job.id}`).isChecked()).toBe(true)
        expect(await page.locator(`#tick-${newer.id}`).isChecked()).toBe(false)
        expect(await page.locator("#bulk-count").textContent()).toBe("1 selected")
        await page.reload()
        await page.locator("#bulk-form.shown").waitFor()
        expect(await page.locator(`#tick-${job.id}`).isChecked()).toBe(true)
        // Who asks for the list anew begins anew.
        await page.getByRole("link", { name: "Jobs", exact: true }).click()
        await page.locator("#bulk-form:not(.shown)").waitFor({ state: "attached" })
        expect(await page.locator(`#tick-${job.id}`).isChecked()).toBe(false)
      })
    }),
  LONG_MS
)

it.live(
  "is no wider than the screen, however long the name of a restaurant is",
  () =>
    Effect.gen(function* () {
      const { fake, open, page } = yield* openBoard
      fake.seed({ restaurantId: "ristorante".repeat(18), status: "in_progress", attempts: 1, lane: "default" })
      yield* look(async () => {
        for (const width of [320, 1_280]) {
          await page.setViewportSize({ width, height: 800 })
          for (const path of ["/", "/jobs"]) {
            await open(path)
            const wide = await page.evaluate(() => document.documentElement.scrollWidth)
            expect([path, wide]).toEqual([path, width])
          }
        }
      })
    }),
  LONG_MS
)
