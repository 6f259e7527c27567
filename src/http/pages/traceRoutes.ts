/**
 * Playwright's trace viewer, from the package that is installed anyway: nothing is fetched from elsewhere. It registers
 * a service worker for `/trace/`, which reads the trace and answers for the pages in it, so its policy is looser than
 * the board's.
 */
import { readdirSync, readFileSync } from "node:fs"
import { dirname, extname, join } from "node:path"
import { Hono } from "hono"
import { insidePath } from "./insidePath.ts"
import { needs } from "./needs.ts"

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".ttf": "font/ttf",
  ".webmanifest": "application/manifest+json"
}

/** Playwright's own window for test runs, which has no use here. */
const isNeeded = (name: string) => extname(name) in TYPES && !name.startsWith("uiMode")

/** The viewer checks with a script in its page whether it was opened as a file; that one and no other may run. */
const inlineScripts = (html: string): ReadonlyArray<string> =>
  [...html.matchAll(/<script>([\s\S]*?)<\/script>/gu)].map(
    ([, code = ""]) => `'sha256-${new Bun.CryptoHasher("sha256").update(code).digest("base64")}'`
  )

const policyOf = (html: string) =>
  [
    "default-src 'none'",
    `script-src ${["'self'", ...inlineScripts(html)].join(" ")}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "media-src 'self' data: blob:",
    "connect-src 'self' data: blob:",
    "worker-src 'self'",
    // A page that has no snapshot is shown as an empty document in the address.
    "frame-src 'self' blob: data:",
    "manifest-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'self'"
  ].join("; ")

interface Viewer {
  readonly version: string
  readonly names: ReadonlyArray<string>
  /** Where the file of this name lies. */
  readonly pathOf: (name: string) => string
}

/** As Playwright's package has it. */
export const installedViewer = (): Viewer => {
  const playwright = Bun.resolveSync("playwright/package.json", import.meta.dir)
  const core = Bun.resolveSync("playwright-core/package.json", dirname(playwright))
  const folder = join(dirname(core), "lib/vite/traceViewer")
  const names = readdirSync(folder, { recursive: true })
    .map((name) => String(name).replaceAll("\\", "/"))
    .filter(isNeeded)
  const { version } = JSON.parse(readFileSync(core, "utf8")) as { readonly version: string }
  return { names: names.toSorted(), version, pathOf: (name) => join(folder, name) }
}

/** Its files inside the one-file program, and their list. */
export const INSIDE_VIEWER = "trace-viewer"

const insideViewer = (): Viewer => {
  const list = readFileSync(insidePath(`${INSIDE_VIEWER}.json`), "utf8")
  return {
    ...(JSON.parse(list) as Pick<Viewer, "names" | "version">),
    pathOf: (name) => insidePath(`${INSIDE_VIEWER}/${name}`)
  }
}

const findViewer = () => {
  const { names, pathOf, version } = Bun.isStandaloneExecutable ? insideViewer() : installedViewer()
  return { names: new Set(names), pathOf, etag: `"${version}"` }
}

export const traceRoutes = () => {
  let viewer: ReturnType<typeof findViewer> | undefined
  return new Hono().get("/trace/:name{.+}", needs("read"), async (c) => {
    viewer ??= findViewer()
    const { etag, names, pathOf } = viewer
    const name = c.req.param("name")
    if (!names.has(name)) return c.notFound()
    const headers = {
      etag,
      "cache-control": "private, no-cache",
      "x-content-type-options": "nosniff",
      "referrer-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin"
    }
    if (c.req.header("if-none-match") === etag) return c.body(null, 304, headers)
    const file = Bun.file(pathOf(name))
    const policy = name.endsWith(".html") ? policyOf(await file.text()) : policyOf("")
    return c.body(file.stream(), 200, {
      ...headers,
      "content-type": TYPES[extname(name)]!,
      "content-security-policy": policy
    })
  })
}
