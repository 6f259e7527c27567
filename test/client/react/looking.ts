/** How tests look at the test page. */
import type { Page } from "playwright"

export const LONGEST_MS = 60_000

export const told = (page: Page) => page.evaluate(() => window.seen.told)
export const asked = (page: Page) => page.evaluate(() => [...window.seen.asked])
export const stateOf = async (page: Page) => JSON.parse((await page.locator("output").textContent()) ?? "{}")
export const tracker = (page: Page) => page.locator(".cb-tracker")
export const isShown = (page: Page, word: string) => tracker(page).getByText(word, { exact: true }).waitFor()
export const outputHas = (page: Page, text: string) => page.locator("output", { hasText: text }).waitFor()
