import { expect } from "bun:test"
import { join } from "node:path"
import AxeBuilder from "@axe-core/playwright"
import { Effect } from "effect"
import { openBrowser } from "../support/browser.ts"
import { eventually, processesNaming, spawnCallboard, temporaryDirectory } from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"

const main = join(import.meta.dir, "../../examples/web-app/main.ts")

/** The page with nothing but its one command. */
const startPage = Effect.gen(function* () {
  const dataDirectory = join(yield* temporaryDirectory, "data")
  const { child, ended, output } = yield* spawnCallboard({ main, dataDirectory, env: { CALLBOARD_PORT: "0" } })
  const url = yield* eventually(Effect.sync(() => /The example is ready: (\S+)/u.exec(output())?.[1]))
  const browser = yield* openBrowser
  const context = yield* Effect.promise(() => browser.newContext())
  const page = yield* Effect.promise(() => context.newPage())
  const complaints: Array<string> = []
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()))
  yield* Effect.promise(() => page.goto(url))
  const stop = Effect.promise(() => {
    child.kill("SIGTERM")
    return ended
  })
  return { complaints, dataDirectory, page, stop, url }
})

it.live(
  "sets up a restaurant from a page, also when the page is opened anew meanwhile, and ends with all it started",
  () =>
    Effect.gen(function* () {
      const { complaints, dataDirectory, page, stop, url } = yield* startPage
      const seen = yield* Effect.promise(async () => {
        await page.getByText("No trips today: no AI model is set up").waitFor()
        const { violations } = await new AxeBuilder({ page }).analyze()
        await page.getByRole("textbox", { name: "Restaurant" }).fill("Trattoria Bella")
        await page.getByRole("radio", { name: "Dark" }).check()
        await page.getByRole("button", { name: "Set it up" }).click()
        await page.getByRole("group", { name: "Publish the website" }).getByText("Waiting to start").waitFor()
        await page.reload()
        const website = page.getByRole("link", { name: "look at its website" })
        const done = await website.waitFor().then(() => page.getByText("Done", { exact: true }).count())
        await website.click()
        await page.getByRole("heading", { name: "Trattoria Bella" }).waitFor()
        return { done, violations: violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]) }
      })

      expect(seen).toEqual({ done: 3, violations: [] })
      expect(complaints).toEqual([])
      // What it passes on to Callboard it takes from its own page only.
      const foreign = new Request(new URL("/api/jobs", url), { headers: { origin: "https://evil.example" } })
      expect((yield* Effect.promise(() => fetch(foreign))).status).toBe(403)
      expect(yield* stop).toBe(0)
      expect(processesNaming(dataDirectory)).toEqual([])
    }),
  120_000
)
