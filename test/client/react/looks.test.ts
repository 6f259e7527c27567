/** Every component in every state, as servers send it and as browsers show it. */
import { afterAll, beforeAll, expect, test } from "bun:test"
import { join } from "node:path"
import AxeBuilder from "@axe-core/playwright"
import { dehydrate, HydrationBoundary } from "@tanstack/react-query"
import { Effect, Exit, Scope } from "effect"
import type { Browser } from "playwright"
import { createElement } from "react"
import { renderToString } from "react-dom/server"
import { openBrowser } from "../../support/browser.ts"
import { makeGallery, type OpenGallery } from "./gallery.ts"
import { LONGEST_MS } from "./looking.ts"
import { createClient, JobsProvider, ProgressTracker } from "./pages/callboard.ts"
import { knownJobs } from "./pages/Gallery.tsx"
import { markup } from "./pages/markup.tsx"

const scope = Effect.runSync(Scope.make())
let browser: Browser
let openGallery: OpenGallery
beforeAll(async () => {
  browser = await Effect.runPromise(Scope.provide(openBrowser, scope))
  openGallery = await makeGallery()
}, LONGEST_MS)
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)), LONGEST_MS)

const openStill = (look: Parameters<OpenGallery>[1]) => openGallery(browser, { ...look, reducedMotion: "reduce" })

test("shows on a server all that is known, and times in no zone but UTC", () => {
  const sent = markup()

  expect(sent).toContain("Writing day 3 of 5")
  expect(sent).toContain("The model did not answer after 4 tries.")
  expect(sent).toContain('<time dateTime="2026-11-22T06:30:02.000Z">06:30 UTC</time>')
  expect(sent).toContain('aria-valuenow="48"')
})

test("sends a job as the documentation does, without a provider of TanStack Query around it", () => {
  const state = dehydrate(knownJobs())

  const sent = renderToString(
    createElement(
      JobsProvider,
      { client: createClient({ baseUrl: "http://jobs.test" }) },
      createElement(HydrationBoundary, { state }, createElement(ProgressTracker, { jobId: "running" }))
    )
  )

  expect(sent).toContain("Writing day 3 of 5")
})

for (const colorScheme of ["light", "dark"] as const) {
  test(
    `takes over what a server sent, and has nothing that keeps people out, in ${colorScheme}`,
    async () => {
      const { complaints, page } = await openStill({ colorScheme })
      await page.locator("details").evaluateAll((all) => {
        for (const each of all) (each as HTMLDetailsElement).open = true
      })

      const { violations } = await new AxeBuilder({ page }).analyze()

      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
      expect(complaints).toEqual([])
      await page.context().close()
    },
    LONGEST_MS
  )
}

test(
  "fits a phone",
  async () => {
    const { page } = await openStill({ viewport: { width: 390, height: 800 } })

    const tooWide = await page.evaluate(() =>
      [...document.querySelectorAll(".cb, .cb *")]
        .filter((each) => !each.closest(".cb-said") && each.getBoundingClientRect().right > window.innerWidth)
        .map((each) => each.outerHTML)
    )

    expect(tooWide).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    await page.context().close()
  },
  LONGEST_MS
)

test(
  "has the end of an English sentence at its end, on pages that are read from the right too",
  async () => {
    const { page } = await openStill({})
    await page.evaluate(() => {
      document.documentElement.dir = "rtl"
    })
    const endsRight = (text: string) =>
      page
        .locator(".cb-tracker")
        .getByText(text)
        .first()
        .evaluate((place) => {
          const words = place.firstChild!
          const at = (index: number) => {
            const range = document.createRange()
            range.setStart(words, index)
            range.setEnd(words, index + 1)
            return range.getBoundingClientRect().left
          }
          const last = words.textContent!.length - 1
          return at(last) > at(last - 1)
        })

    const texts = [
      "The model did not answer after 4 tries.",
      "Try again in some minutes; what is finished is kept.",
      "Waiting for a free place.",
      "The budget is 80 € too small. Go on?",
      "trying again…"
    ]
    expect(await Promise.all(texts.map(endsRight))).toEqual(texts.map(() => true))
    await page.context().close()
  },
  LONGEST_MS
)

test(
  "does not move for those who want it so",
  async () => {
    const { page } = await openStill({})

    const moving = await page.evaluate(() => document.getAnimations().map(({ id, playState }) => [id, playState]))
    await page.emulateMedia({ reducedMotion: "no-preference" })
    const otherwise = await page.evaluate(() => document.getAnimations().length)

    expect(moving).toEqual([])
    expect(otherwise).toBeGreaterThan(0)
    await page.context().close()
  },
  LONGEST_MS
)

test("weighs little, and brings nothing along but React and TanStack Query", async () => {
  const { outputs } = await Bun.build({
    entrypoints: [join(import.meta.dir, "../../../src/react.ts")],
    target: "browser",
    minify: true,
    define: { "process.env.NODE_ENV": '"production"' },
    external: ["react", "react/*", "@tanstack/react-query"]
  })
  const script = await outputs[0]!.text()

  const needed = new Set(Array.from(script.matchAll(/from"([^"]+)"/gu), ([, name]) => name))
  expect([...needed].toSorted()).toEqual(["@tanstack/react-query", "react", "react/jsx-runtime"])
  // Bytes as they are sent. It was 10.2 KB when this was written.
  expect(Bun.gzipSync(script).length).toBeLessThan(10_752)
})
