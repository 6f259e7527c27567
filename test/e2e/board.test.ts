import { expect } from "bun:test"
import { Effect } from "effect"
import { complaintsOf, look, startBoard } from "../support/boardWindow.ts"
import type { SeenJob } from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"

const LONG_MS = 120_000

/** Runs in the page: keeps every step that it ever shows, however short, so that no look can come too late. */
const recordSteps = () => {
  const seen = new Set<string>()
  Object.assign(window, { seen })
  const record = () => {
    for (const [, step] of document.body?.textContent.matchAll(/Step \d of 5: ([^,.]+)/gu) ?? []) seen.add(step!)
  }
  new MutationObserver(record).observe(document, { childList: true, subtree: true, characterData: true })
}

it.live(
  "runs the practice job from the empty board and shows each step while it happens, without a reload",
  () =>
    Effect.gen(function* () {
      const { base, browser, callboard } = yield* startBoard()
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
      const { base, browser, callboard } = yield* startBoard()
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

it.live(
  "does its work with JavaScript off: start, look, cancel, retry",
  () =>
    Effect.gen(function* () {
      const { base, browser, callboard } = yield* startBoard()
      const page = yield* look(() => browser.newPage({ javaScriptEnabled: false }))

      yield* look(async () => {
        // So that it waits.
        await page.goto(`${base}/types/add-item-tags`)
        await page.getByText("Pause…").click()
        await page.getByLabel(/^Why are/u).fill("to look at one that waits")
        await page.getByRole("button", { name: /^Pause / }).click()
        await page.goto(`${base}/jobs/new/add-item-tags`)
        await page.getByLabel("Restaurant ID").fill("no-script")
        await page.getByRole("button", { name: "Start job" }).click()
        await page.getByText("Waiting to start", { exact: true }).first().waitFor()
        await page.getByRole("button", { name: "Cancel" }).click()
        await page.getByText("Cancelled", { exact: true }).first().waitFor()
        await page
          .getByRole("button", { name: /start over|retry/iu })
          .first()
          .click()
        await page.getByText("Waiting to start", { exact: true }).first().waitFor()
        await page.goto(`${base}/types/add-item-tags`)
        await page.getByRole("button", { name: "Resume" }).click()
      })

      const { body } = yield* callboard.json<{ data: ReadonlyArray<SeenJob & { restaurantId: string }> }>("/api/jobs")
      expect(body.data.map((job) => job.restaurantId)).toEqual(["no-script"])
      expect((yield* callboard.jobEnded(body.data[0]!.id)).status).toBe("completed")
    }),
  LONG_MS
)
