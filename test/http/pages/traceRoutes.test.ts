import { expect, test } from "bun:test"
import { join } from "node:path"
import { Effect } from "effect"
import type { Browser } from "playwright"
import { needs } from "../../../src/http/pages/needs.ts"
import { maskTrace } from "../../../src/runtime/browser/maskTrace.ts"
import { openBrowser } from "../../support/browser.ts"
import { it } from "../../support/effect.ts"
import { testDirectory } from "../../support/testDirectory.ts"
import { makeBoard } from "./testBoard.ts"

test("serves the viewer's own files under a policy that lets nothing in from elsewhere", async () => {
  const { get } = makeBoard()

  const page = await get("/trace/index.html")
  const html = await page.text()
  const script = /src="\.\/(index\.[^"]+\.js)"/u.exec(html)?.[1]

  expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8")
  expect(page.headers.get("content-security-policy")).toContain("default-src 'none'; script-src 'self' 'sha256-")
  expect(page.headers.get("content-security-policy")).not.toMatch(/https?:|\*|unsafe-eval|script-src[^;]*unsafe/u)
  expect((await get(`/trace/${script}`)).headers.get("content-type")).toBe("text/javascript; charset=utf-8")
  expect((await get("/trace/sw.bundle.js")).status).toBe(200)
  const again = await get("/trace/index.html", { "if-none-match": page.headers.get("etag") ?? "" })
  expect(again.status).toBe(304)
})

test("serves nothing else", async () => {
  const { get } = makeBoard()

  for (const path of ["", "uiMode.html", "..%2f..%2fpackage.json", "assets", "../traceViewer/index.html"]) {
    expect([path, (await get(`/trace/${path}`)).status]).toEqual([path, 404])
  }
})

/** A trace of a form that is filled in, as a job would keep it. */
const recordTrace = (browser: Browser, directory: string) =>
  Effect.promise(async () => {
    const context = await browser.newContext()
    await context.tracing.start({ snapshots: true, screenshots: false })
    const page = await context.newPage()
    await page.setContent('<h1>Portal</h1><label>Password <input type="password"></label>')
    await page.getByLabel("Password").fill("hidden-password")
    const path = join(directory, "trace.zip")
    await context.tracing.stop({ path })
    await context.close()
    return Buffer.concat([...maskTrace(await Bun.file(path).bytes(), ["hidden-password"])])
  })

it.live("shows a masked trace in a real browser, without asking any other server", () =>
  Effect.gen(function* () {
    const browser = yield* openBrowser
    const trace = yield* recordTrace(browser, yield* testDirectory)
    const { app } = makeBoard()
    const served = app.get("/try.zip", needs("read"), (c) => c.body(trace))
    const server = yield* Effect.acquireRelease(
      Effect.sync(() => Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: (request) => served.fetch(request) })),
      (running) => Effect.promise(() => running.stop(true))
    )
    const { origin } = server.url

    const { asked, refused, title } = yield* Effect.promise(async () => {
      const page = await browser.newPage()
      const asked: Array<string> = []
      const refused: Array<string> = []
      page.on("request", (request) => asked.push(request.url()))
      page.on("console", (message) => {
        if (/content security policy/iu.test(message.text())) refused.push(message.text())
      })
      await page.goto(`${origin}/trace/index.html?trace=%2Ftry.zip`)
      await page.getByText("Fill").first().click()
      const snapshot = page.frameLocator("iframe.snapshot-visible").locator("h1")
      await snapshot.waitFor()
      return { asked, refused, title: await snapshot.textContent() }
    })

    expect(title).toBe("Portal")
    expect(asked.filter((url) => !url.startsWith(origin) && !/^(?:data|blob):/u.test(url))).toEqual([])
    expect(refused).toEqual([])
  })
)
