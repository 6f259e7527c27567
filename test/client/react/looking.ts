/** How tests look at the test page. */
import type { Page } from "playwright"

export const LONGEST_MS = 60_000

export const told = (page: Page) => page.evaluate(() => window.seen.told)
export const asked = (page: Page) => page.evaluate(() => [...window.seen.asked])
export const stateOf = async (page: Page) => JSON.parse((await page.locator("output").textContent()) ?? "{}")
export const tracker = (page: Page) => page.locator(".cb-tracker")
export const isShown = (page: Page, word: string) => tracker(page).getByText(word, { exact: true }).waitFor()
export const outputHas = (page: Page, text: string) => page.locator("output", { hasText: text }).waitFor()

/** What is on its way has arrived, and was taken note of: that runs before what this message starts. */
export const settled = (page: Page) =>
  page.evaluate(async () => {
    await Promise.all(window.seen.underWay)
    const { port1, port2 } = new MessageChannel()
    await new Promise((resolve) => {
      port1.onmessage = resolve
      port2.postMessage("")
    })
    port1.close()
  })
