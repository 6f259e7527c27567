/** The gallery in a real browser: sent by a server, taken over by its script. */
import type { Browser, Page } from "playwright"
import { bundle, html, stylesheet } from "./bundle.ts"
import { markup } from "./pages/markup.tsx"

const ADDRESS = "http://gallery.test/"

export type OpenGallery = (
  browser: Browser,
  look: Parameters<Browser["newContext"]>[0],
  prepare?: (page: Page) => Promise<void>
) => Promise<{ readonly page: Page; readonly complaints: ReadonlyArray<string> }>

/** Bundles it once. */
export const makeGallery = async (): Promise<OpenGallery> => {
  const body = html(await stylesheet(), await bundle("galleryPage.tsx"), markup())
  return async (browser, look, prepare) => {
    const context = await browser.newContext(look)
    const page = await context.newPage()
    const complaints: Array<string> = []
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()))
    page.on("pageerror", (error) => complaints.push(error.message))
    await page.route(ADDRESS, (route) => route.fulfill({ contentType: "text/html", body }))
    await prepare?.(page)
    await page.goto(ADDRESS)
    // Said only after the script has run: the server knows nothing of this job.
    await page.locator(".cb-tracker").getByText("This job cannot be shown").waitFor()
    return { page, complaints }
  }
}
