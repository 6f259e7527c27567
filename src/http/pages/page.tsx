/** HTML answers: whole pages in the frame, and fragments for htmx. */
import type { Context } from "hono"
import { getCookie } from "hono/cookie"
import type { Child } from "hono/jsx"
import type { ContentfulStatusCode } from "hono/utils/http-status"
import type { Caller } from "../../domain/Caller.ts"
import { type BoardSettings, parseSettings } from "../../views/BoardSettings.ts"
import { AssetContext } from "../../views/components/AssetUrls.ts"
import { FormKeyContext } from "../../views/components/Once.tsx"
import { PersonContext } from "../../views/components/PersonContext.ts"
import { type Theme, themes } from "../../views/components/ThemeForm.tsx"
import { Frame } from "../../views/Frame.tsx"
import { personOf } from "../callerOf.ts"
import { readerMark } from "../readerMark.ts"
import { assetUrls } from "./Assets.ts"
import type { BoardInfo } from "./BoardInfo.ts"
import { frameFactsIn } from "./frameFacts.ts"

/** Pages show text of automated sites; nothing that is not ours may run, load or frame them. */
const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'"
].join("; ")

export const securityHeaders = {
  "content-security-policy": CSP,
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin"
}

export const THEME_COOKIE = "callboard-theme"

export const isTheme = (text: unknown): text is Theme => themes.some((theme) => theme === text)

export const themeOf = (c: Context): Theme => {
  const theme = getCookie(c, THEME_COOKIE)
  return isTheme(theme) ? theme : "auto"
}

export const SETTINGS_COOKIE = "callboard-settings"

export const settingsOf = (c: Context): BoardSettings => parseSettings(getCookie(c, SETTINGS_COOKIE))

export const acceptsGzip = (c: Context): boolean => /\bgzip\b/u.test(c.req.header("accept-encoding") ?? "")

/** htmx will put the answer into a part of the page. Its other header, `HX-Request`, does not tell. */
export const wantsFragment = (c: Context): boolean => c.req.header("hx-request-type") === "partial"

/** Below this size (bytes) the gzip header and the time cost more than they save. */
const WORTH_ZIPPING = 1_024

const htmlResponse = (c: Context, html: string, status: ContentfulStatusCode): Response => {
  const zipped = html.length > WORTH_ZIPPING && acceptsGzip(c)
  return c.body(zipped ? Bun.gzipSync(html) : html, status, {
    ...securityHeaders,
    "content-type": "text/html; charset=utf-8",
    "cache-control": "private, no-cache",
    vary: "HX-Request-Type, Accept-Encoding, Cookie",
    ...(zipped && { "content-encoding": "gzip" })
  })
}

/** Markup of a part of a page, with the addresses of its icons, and with the buttons of its reader. */
export const render = (node: Child, person: Caller | undefined): string =>
  String(
    <AssetContext.Provider value={assetUrls}>
      <PersonContext.Provider value={person}>{node}</PersonContext.Provider>
    </AssetContext.Provider>
  )

export interface PageOptions {
  readonly title: string
  readonly content: Child
  readonly status?: ContentfulStatusCode
  readonly live?: boolean
  readonly q?: string | undefined
  /** Where "back" leads. Default: the address of the request. */
  readonly here?: string
}

/** Path and query of the request. */
export const addressOf = (c: Context): string => {
  const { pathname, search } = new URL(c.req.url)
  return `${pathname}${search}`
}

export const pageResponse = (c: Context, info: BoardInfo, options: PageOptions): Response => {
  const { title, content, status = 200, live = false, q, here = addressOf(c) } = options
  const person = personOf(c)
  const frame = (
    <Frame
      title={title}
      assets={assetUrls}
      theme={themeOf(c)}
      settings={settingsOf(c)}
      here={here}
      localOnly={info.localOnly && person?.via === "local"}
      person={person ?? null}
      reader={readerMark(person)}
      live={live}
      q={q ?? ""}
      refreshes={c.req.query("refresh") === "yes"}
      facts={frameFactsIn(c)}
      nowMs={Date.now()}
    >
      <FormKeyContext.Provider value={crypto.randomUUID()}>{content}</FormKeyContext.Provider>
    </Frame>
  )
  return htmlResponse(c, `<!DOCTYPE html>${frame}`, status)
}

export const fragmentResponse = (c: Context, content: Child, status: ContentfulStatusCode = 200): Response =>
  htmlResponse(
    c,
    render(<FormKeyContext.Provider value={crypto.randomUUID()}>{content}</FormKeyContext.Provider>, personOf(c)),
    status
  )
