import { expect } from "bun:test"
import AxeBuilder from "@axe-core/playwright"
import { Effect } from "effect"
import { look } from "../../support/boardWindow.ts"
import { it } from "../../support/effect.ts"
import { at } from "../../support/FakeJobs.ts"
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
