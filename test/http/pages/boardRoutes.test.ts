import { expect, test } from "bun:test"
import { bodyOf, makeBoard, textOf } from "./testBoard.ts"

const pages = [
  "/",
  "/inbox",
  "/restaurants",
  "/failures",
  "/jobs",
  "/jobs/new",
  "/jobs/new/add-item-tags",
  "/help",
  "/settings/theme",
  "/webhooks",
  "/nowhere"
]

test.each(pages)("lets nothing foreign or inline run on %s", async (path) => {
  const response = await makeBoard().get(path)

  const html = await response.text()
  expect(response.headers.get("content-security-policy")).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
      "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
  )
  expect(html).not.toMatch(/\sstyle=|\son[a-z]+=|<style|https?:\/\/(?!localhost)/u)
  expect(html.match(/<script[^>]*>/gu)).toHaveLength(1)
})

test.each(pages)("gives %s one heading, a skip link and the two live regions", async (path) => {
  const html = await bodyOf(makeBoard().get(path))

  expect(html.match(/<h1/gu)).toHaveLength(1)
  expect(html).toContain('<a class="skip" href="#main">')
  expect(html.match(/role="(?:status|alert)"/gu)).toEqual(['role="status"', 'role="alert"'])
})

test("serves its files with a hash, for ever, zipped where that is understood", async () => {
  const { get } = makeBoard()
  const html = await bodyOf(get("/jobs"))
  const urls = [...new Set(html.match(/\/assets\/[^"#]+/gu))]

  const zipped = await Promise.all(urls.map((url) => get(url, { "Accept-Encoding": "gzip" })))
  const plain = await Promise.all(urls.map((url) => get(url)))

  expect(urls).toHaveLength(4)
  for (const [index, response] of zipped.entries()) {
    expect(response.headers.get("cache-control")).toContain("immutable")
    const unzipped = Bun.gunzipSync(new Uint8Array(await response.arrayBuffer()))
    expect(new TextDecoder().decode(unzipped)).toBe(await plain[index]!.text())
  }
  expect((await get("/assets/board-0.js")).status).toBe(404)
})

test("keeps the script within its budget, in one file that holds htmx and its streams", async () => {
  const { get } = makeBoard()
  const url = /src="([^"]+)"/u.exec(await bodyOf(get("/jobs")))?.[1] ?? ""

  const script = await bodyOf(get(url))
  const zipped = await (await get(url, { "Accept-Encoding": "gzip" })).arrayBuffer()

  expect(zipped.byteLength).toBeLessThan(22 * 1024)
  expect(script).toContain("hx-sse")
  expect(script).not.toMatch(/^export /mu)
  expect(() => new Bun.Transpiler({ loader: "js" }).scan(script)).not.toThrow()
})

test("zips pages", async () => {
  const response = await makeBoard().get("/help", { "Accept-Encoding": "gzip, br" })

  const html = new TextDecoder().decode(Bun.gunzipSync(new Uint8Array(await response.arrayBuffer())))
  expect(response.headers.get("content-encoding")).toBe("gzip")
  expect(html).toContain("What the statuses mean")
})

test("remembers the theme and goes back to the page, but to no other site", async () => {
  const { get, post } = makeBoard()

  const saved = await post("/settings/theme", { theme: "dark", back: "/jobs?q=x" })
  const elsewhere = await post("/settings/theme", { theme: "purple", back: "//evil.example" })

  const cookie = saved.headers.get("set-cookie") ?? ""
  expect(saved.headers.get("location")).toBe("/jobs?q=x")
  expect(cookie).toContain("callboard-theme=dark")
  expect(elsewhere.headers.get("location")).toBe("/jobs")
  expect(elsewhere.headers.get("set-cookie")).toBeNull()
  expect(await bodyOf(get("/help", { Cookie: cookie }))).toContain('data-theme="dark"')
})

test("says that nobody has to sign in, where that is so", async () => {
  const sentence = "This board has no sign-in; it listens on this computer only."

  expect(await textOf(makeBoard().get("/jobs"))).toContain(sentence)
  expect(await textOf(makeBoard({ info: { localOnly: false } }).get("/jobs"))).not.toContain(sentence)
})

test("lets those without a script have a page loaded again now and then", async () => {
  const { get } = makeBoard()

  const still = await bodyOf(get("/jobs?status=failed"))
  const again = await bodyOf(get("/jobs?status=failed&refresh=yes"))

  expect(still).toContain('href="/jobs?status=failed&amp;refresh=yes"')
  expect(still).not.toContain('http-equiv="refresh"')
  expect(again).toContain('<noscript><meta http-equiv="refresh" content="30"/></noscript>')
})

test("explains every status word", async () => {
  const text = await textOf(makeBoard().get("/help"))

  for (const word of [
    "Waiting to start",
    "Scheduled",
    "Running",
    "Will retry",
    "Needs you",
    "Done",
    "Failed",
    "Cancelled"
  ]) {
    expect(text).toContain(word)
  }
})
