import { expect } from "bun:test"
import { Effect } from "effect"
import type { Page } from "playwright"
import { PromptId } from "../../../src/domain/JobPrompt.ts"
import { look } from "../../support/boardWindow.ts"
import { it } from "../../support/effect.ts"
import { at } from "../../support/FakeJobs.ts"
import { openBoard, openClosedBoard } from "./openBoard.ts"

const LONG_MS = 120_000

/** Nothing in it where a browser would break a line by itself. */
const LONG = `Ristorante${"Donaudampfschifffahrtsgesellschaft".repeat(2)}`
const REASON = `https://status.portal.example/incidents/${LONG}`

/** How far each page reaches beyond the screen, where one does. */
const tooWide = async (page: Page, urls: ReadonlyArray<string>) => {
  const found: Array<readonly [string, number, number]> = []
  for (const url of urls) {
    await page.goto(url)
    for (const width of [320, 1_280]) {
      await page.setViewportSize({ width, height: 800 })
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      if (over > 0) found.push([url, width, over])
    }
  }
  return found
}

it.live(
  "breaks names and reasons without a space instead of making a page wider than a phone",
  () =>
    Effect.gen(function* () {
      const { fake, page, server } = yield* openBoard
      const failed = fake.seed({ status: "failed", restaurantId: LONG })
      yield* fake.insights.lanes.pauseType("add-item-tags", { reason: REASON, by: LONG })
      yield* fake.insights.lanes.pause("browser", { reason: REASON, by: LONG })
      const waiting = fake.seed({
        restaurantId: LONG,
        waitingFor: [{ code: "paused_type", since: at(Date.now()), by: LONG, note: REASON }]
      })
      const schedule = yield* fake.insights.schedules.contract.create({
        name: LONG,
        cron: "0 6 * * *",
        jobType: "add-item-tags",
        input: {
          restaurantId: LONG,
          portal: { email: "owner@practice.example", password: "practice-password" },
          dishes: [],
          overwrite: true
        }
      })
      const paths = [
        ...[
          "/",
          "/jobs",
          `/jobs?restaurant=${LONG}`,
          `/jobs?q=${LONG}`,
          "/types/add-item-tags",
          "/fleet",
          "/schedules"
        ],
        ...[`/schedules/${schedule.id}`, `/jobs/${waiting.jobId}`, `/jobs/${failed.jobId}`],
        ...[`/jobs/${failed.jobId}/retry`, `/jobs/${failed.jobId}/retry/changes`]
      ]
      yield* look(async () => {
        const urls = paths.map((path) => `${server.url.origin}${path}`)
        expect(await tooWide(page, urls)).toEqual([])
      })
    }),
  LONG_MS
)

it.live(
  "breaks the long name of who is signed in, and of a question that they may not answer",
  () =>
    Effect.gen(function* () {
      const { fake, identity, page, server } = yield* openClosedBoard
      const secret = identity.keyFor("admin")
      fake.seed({
        status: "in_progress",
        prompt: {
          id: PromptId.make("01912d68-783e-7a3a-8c1e-4f0f2f6b9a10"),
          kind: "otp",
          label: LONG,
          step: "sign-in",
          attempt: 1,
          timesAsked: 1,
          askedAt: at(Date.now()),
          deadline: at(Date.now() + 600_000)
        }
      })
      const signIn = async (key: string) => {
        await page.goto(`${server.url.origin}/sign-in`)
        await page.getByLabel("Key").fill(key)
        await page.getByRole("button", { name: "Sign in" }).click()
        await page.waitForURL(({ pathname }) => pathname !== "/sign-in")
      }
      yield* look(async () => {
        await page.route("**/live.jpg*", (route) => route.abort())
        await signIn(secret)
        await page.goto(`${server.url.origin}/keys`)
        await page.setViewportSize({ width: 320, height: 800 })
        await page.getByLabel("Name").fill(LONG)
        await page.getByRole("combobox", { name: "Role" }).selectOption("viewer")
        await page.getByRole("button", { name: "Make key" }).click()
        const made = (await page.locator("#made-key").textContent()) ?? ""
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320)

        await page.getByRole("button", { name: "Sign out" }).click()
        await page.waitForURL("**/sign-in*")
        await signIn(made.trim())
        const urls = ["/", "/inbox"].map((path) => `${server.url.origin}${path}`)
        expect(await tooWide(page, urls)).toEqual([])
        expect(await page.getByText(LONG).count()).toBeGreaterThan(1)
      })
    }),
  LONG_MS
)
