import { expect } from "bun:test"
import AxeBuilder from "@axe-core/playwright"
import { Effect } from "effect"
import { PromptId } from "../../../src/domain/JobPrompt.ts"
import { look } from "../../support/boardWindow.ts"
import { it } from "../../support/effect.ts"
import { at } from "../../support/FakeJobs.ts"
import { aKind } from "../../views/kinds.ts"
import { openBoard } from "./openBoard.ts"

const LONG_MS = 120_000

it.live(
  "keeps links that stand close together as large as a finger or a shaking hand needs",
  () =>
    Effect.gen(function* () {
      const { fake, open, page } = yield* openBoard
      const jobs = [fake.seed(), fake.seed(), fake.seed()]
      const [{ id, jobId }] = jobs as [(typeof jobs)[0]]
      for (let line = 0; line < 5; line++) fake.log(id, `Line ${line}`)
      const now = at(Date.now())
      fake.insights.workers = [
        {
          name: "worker-1",
          startedAt: now,
          seenAt: now,
          alive: true,
          draining: false,
          places: { browser: 3 },
          running: 3,
          jobs
        }
      ]
      yield* look(async () => {
        for (const path of ["/fleet", `/jobs/${jobId}/log`]) {
          await open(path)
          for (const width of [1_280, 390]) {
            await page.setViewportSize({ width, height: 800 })
            const { violations } = await new AxeBuilder({ page }).withRules("target-size").setLegacyMode().analyze()
            const small = violations.flatMap(({ nodes }) => nodes.map(({ html }) => html))
            expect([path, width, small]).toEqual([path, width, []])
          }
        }
      })
    }),
  LONG_MS
)

it.live(
  "shows where an empty bar begins and ends in the colours of the reader's system",
  () =>
    Effect.gen(function* () {
      const { fake, open, page } = yield* openBoard
      const { jobId } = fake.seed({ status: "in_progress", attempts: 1 })
      yield* look(async () => {
        await page.emulateMedia({ forcedColors: "active" })
        await open(`/jobs/${jobId}`)
        const edge = await page
          .locator("progress")
          .first()
          .evaluate((bar) => getComputedStyle(bar).borderTopWidth)
        expect(edge).toBe("1px")
      })
    }),
  LONG_MS
)

it.live(
  "keeps a time within its sentence in what comes up",
  () =>
    Effect.gen(function* () {
      const { fake, open, page } = yield* openBoard
      const now = Date.now()
      const asked = {
        id: PromptId.make("01912d68-783e-7a3a-8c1e-4f0f2f6b9a10"),
        kind: "text" as const,
        label: "Name of the owner",
        attempt: 1,
        timesAsked: 1,
        askedAt: at(now - 60_000),
        deadline: at(now + 600_000)
      }
      const { prompt, ...job } = { ...fake.seed({ status: "in_progress", attempts: 1 }), prompt: asked }
      fake.jobs.set(job.id, { ...job, prompt })
      yield* look(async () => {
        await open(`/jobs/${job.jobId}`)
        await page.getByLabel(prompt.label).fill("Gio")
        fake.jobs.set(job.id, job)
        const answered = { ...prompt, state: "answered" as const, answeredAt: at(now - 1_000), answeredBy: "Ada" }
        fake.histories.set(job.id, { attempts: [], steps: [], prompts: [answered] })
        await page.keyboard.press("Enter")
        const toast = page.locator(".toast-alert")
        await toast.locator("time").waitFor()
        const parts = await toast.evaluate((said) =>
          [...said.childNodes].filter(({ textContent }) => textContent !== "×").map(({ nodeName }) => nodeName)
        )
        expect(parts).toEqual(["SPAN"])
      })
    }),
  LONG_MS
)

it.live(
  "shows beside the status of a job when it starts, and not over it, on a phone",
  () =>
    Effect.gen(function* () {
      const { fake, open, page } = yield* openBoard
      fake.seed({ runAt: at(Date.now() + 40 * 86_400_000) })
      fake.seed({ status: "failed", attempts: 4, completedAt: at(Date.now() - 400 * 86_400_000), durationMs: 4_000 })
      yield* look(async () => {
        await page.setViewportSize({ width: 390, height: 800 })
        await open("/jobs")
        const over = await page.locator(".jobs .job").evaluateAll((rows) =>
          rows.flatMap((row) => {
            const when = document.createRange()
            when.selectNodeContents(row.querySelector(".job-when")!)
            const badge = row.querySelector(".badge")!.getBoundingClientRect()
            const isOver = ({ bottom, left, top }: DOMRect) =>
              left < badge.right && top < badge.bottom && bottom > badge.top
            return [...when.getClientRects()].filter(isOver)
          })
        )
        expect(over).toEqual([])
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
      })
    }),
  LONG_MS
)

it.live(
  "breaks no head of the failures within its word",
  () =>
    Effect.gen(function* () {
      const { fake, open, page } = yield* openBoard
      fake.board.kinds = [aKind({ restaurants: 3 })]
      yield* look(async () => {
        await open("/failures")
        for (const width of [1_280, 760]) {
          await page.setViewportSize({ width, height: 800 })
          const lines = await page.getByRole("columnheader", { name: "Restaurants" }).evaluate((head) => {
            const word = document.createRange()
            word.selectNodeContents(head)
            return word.getClientRects().length
          })
          const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
          expect([width, lines, over]).toEqual([width, 1, 0])
        }
      })
    }),
  LONG_MS
)
