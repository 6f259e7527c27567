import { expect } from "bun:test"
import { join } from "node:path"
import AxeBuilder from "@axe-core/playwright"
import { Effect } from "effect"
import { makeProxy } from "../../examples/web-app/proxy.ts"
import { openBrowser } from "../support/browser.ts"
import { eventually, processesNaming, spawnCallboard, temporaryDirectory } from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"
import { startFakeAi } from "../support/FakeAi.ts"
import { tripAnswers } from "../support/tripAnswers.ts"

const main = join(import.meta.dir, "../../examples/web-app/main.ts")

const LONG_MS = 240_000

/** The page with nothing but its one command, and these settings. */
const startPage = Effect.fnUntraced(function* (settings: Readonly<Record<string, string>> = {}) {
  const dataDirectory = join(yield* temporaryDirectory, "data")
  const env = { CALLBOARD_PORT: "0", ...settings }
  const { child, ended, output } = yield* spawnCallboard({ main, dataDirectory, env })
  const url = yield* eventually(Effect.sync(() => /The example is ready: (\S+)/u.exec(output())?.[1]))
  const browser = yield* openBrowser
  const context = yield* Effect.promise(() => browser.newContext())
  const page = yield* Effect.promise(() => context.newPage())
  // Three jobs take long on a busy machine; the time of the test is the bound.
  page.setDefaultTimeout(LONG_MS)
  const complaints: Array<string> = []
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()))
  yield* Effect.promise(() => page.goto(url))
  const stop = Effect.promise(() => {
    // As a terminal does that is closed.
    child.kill("SIGHUP")
    return ended
  })
  return { complaints, dataDirectory, page, stop }
})

/** Stands for Callboard: says what reached it. */
const recorder = Effect.acquireRelease(
  Effect.sync(() =>
    Bun.serve({
      port: 0,
      fetch: ({ headers, url }) =>
        Response.json([new URL(url).pathname, headers.get("authorization"), headers.get("cookie")], {
          headers: { "content-security-policy": "sandbox", "x-content-type-options": "nosniff", "set-cookie": "a=b" }
        })
    })
  ),
  (server) => Effect.promise(() => server.stop(true))
)

it.live("adds the key to requests of its own page for jobs, and passes on no others", () =>
  Effect.gen(function* () {
    const pass = makeProxy((yield* recorder).url, "cb_secret")
    const ask = (path: string, headers: Record<string, string> = {}) =>
      Effect.promise(async () => {
        const own = { host: "localhost:3100", cookie: "session=1" }
        const answer = await pass(new Request(`http://localhost:3100${path}`, { headers: { ...own, ...headers } }))
        return answer.ok ? await answer.json() : answer.status
      })

    expect(yield* ask("/api/jobs/1", { origin: "http://localhost:3100" })).toEqual([
      "/api/jobs/1",
      "Bearer cb_secret",
      null
    ])
    expect(yield* ask("/api/jobs/%2e%2e/keys")).toBe(404)
    expect([yield* ask("/api/jobs/..%2f..%2fkeys"), yield* ask("/api/jobs/..%5Ckeys")]).toEqual([404, 404])
    expect(yield* ask("/api/jobs", { origin: "https://evil.example" })).toBe(403)
    expect(yield* ask("/api/jobs", { host: "evil.example:3100" })).toBe(403)
  })
)

it.live("gives back what keeps a job's file from acting as a page of its own", () =>
  Effect.gen(function* () {
    const pass = makeProxy((yield* recorder).url, "cb_secret")
    const request = new Request("http://localhost:3100/api/jobs/1/artifacts/page.html", {
      headers: { host: "localhost:3100" }
    })

    const { headers } = yield* Effect.promise(() => pass(request))

    expect(headers.toJSON()).toMatchObject({
      "content-security-policy": "sandbox",
      "x-content-type-options": "nosniff"
    })
    expect(headers.has("set-cookie")).toBe(false)
  })
)

it.live(
  "sets up a restaurant from a page, also when the page is opened anew meanwhile, and ends with all it started",
  () =>
    Effect.gen(function* () {
      const { complaints, dataDirectory, page, stop } = yield* startPage()
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
      expect(yield* stop).toBe(0)
      expect(processesNaming(dataDirectory)).toEqual([])
    }),
  LONG_MS
)

it.live(
  "plans a trip from a page with a language model, and shows its days",
  () =>
    Effect.gen(function* () {
      const ai = yield* startFakeAi(tripAnswers(2, () => 120))
      const { complaints, page } = yield* startPage({ CALLBOARD_AI_BASE_URL: ai.baseUrl, CALLBOARD_AI_MODEL: "small" })
      const seen = yield* Effect.promise(async () => {
        const form = page.getByRole("region", { name: "Plan a trip" })
        await form.getByLabel("Where to").fill("Porto")
        await form.getByLabel("Days").fill("2")
        await form.getByLabel("Interests").fill("tiles, port wine")
        await form.getByRole("button", { name: "Plan it" }).click()
        const shown = form.getByRole("group", { name: "Your trip" })
        const trip = shown.getByRole("article")
        await trip.waitFor()
        const { violations } = await new AxeBuilder({ page }).analyze()
        const said = {
          ended: await shown.getByText("Done", { exact: true }).count(),
          title: await trip.getByRole("heading").textContent(),
          days: await trip.getByRole("listitem").allTextContents(),
          total: await trip.getByText("Together").textContent(),
          violations: violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])
        }
        await page.reload()
        await trip.getByText("Together 240 EUR").waitFor()
        return said
      })

      expect(seen).toEqual({
        ended: 1,
        title: "Days by the sea",
        days: ["Theme 1: Walk 1, Museum 1", "Theme 2: Walk 2, Museum 2"],
        total: "Together 240 EUR",
        violations: []
      })
      expect(JSON.stringify(ai.requests[0]?.messages)).toContain("port wine")
      expect(complaints).toEqual([])
    }),
  LONG_MS
)
