/** A page with <callboard-job> in a real Chromium; its scripts are those of the source, bundled. */
import { join } from "node:path"
import { Effect } from "effect"
import type { Page } from "playwright"
import { openBrowser } from "../../support/browser.ts"

const ELEMENT = join(import.meta.dir, "../../../src/element.ts")

/** Counts timers that have not come up and were not cleared, and keeps what the element tells. */
const WATCH = `
  window.timers = new Set()
  const { setTimeout: start, clearTimeout: clear } = window
  window.setTimeout = (act, ms) => {
    const id = start(() => { timers.delete(id); act() }, ms)
    timers.add(id)
    return id
  }
  window.clearTimeout = (id) => { timers.delete(id); clear(id) }
  window.told = []
  for (const name of ["progress", "complete", "error"]) {
    addEventListener("callboard-" + name, ({ detail, target }) =>
      told.push([target.id, name, detail.status, detail.code ?? detail.error?.code ?? detail.result]))
  }`

const bundled = Effect.promise(async () => {
  const { outputs } = await Bun.build({ entrypoints: [ELEMENT], target: "browser" })
  return await outputs[0]!.text()
})

/** Opens a page of this origin that holds this body. */
export const openPage = (origin: URL, body: string, prepare: (page: Page) => Promise<void> = async () => undefined) =>
  Effect.gen(function* () {
    const browser = yield* openBrowser
    const script = yield* bundled
    const html = `<!doctype html><html lang="en"><title>Orders</title><meta name="color-scheme" content="light dark">
      <style>body { background: light-dark(#fff, #12151a); color: light-dark(#111, #eee) }</style>
      <main><h1>Orders</h1>${body}</main><script type="module">${script}</script></html>`
    return yield* Effect.promise(async () => {
      const context = await browser.newContext()
      const page = await context.newPage()
      // The time of the test is the bound.
      page.setDefaultTimeout(120_000)
      const errors: Array<string> = []
      page.on("pageerror", ({ message }) => errors.push(message))
      await page.addInitScript(WATCH)
      await page.route(new URL("/orders", origin).href, (route) =>
        route.fulfill({ contentType: "text/html; charset=utf-8", body: html })
      )
      await prepare(page)
      await page.goto(new URL("/orders", origin).href)
      const toldBy = (id: string) =>
        page.evaluate(
          (id) => (globalThis as unknown as { told: Array<Array<unknown>> }).told.filter(([from]) => from === id),
          id
        )
      const timers = () => page.evaluate(() => (globalThis as unknown as { timers: Set<number> }).timers.size)
      return { page, errors, toldBy, timers }
    })
  })
