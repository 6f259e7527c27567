/** Where a browser runs that somebody else started. The address may hold a password or a token, so it is never shown. */
import { Redacted } from "effect"

export interface BrowserEndpoint {
  /** A server of Playwright, or a Chromium that listens for DevTools. */
  readonly protocol: "playwright" | "devtools"
  /** Without user and password. */
  readonly url: Redacted.Redacted<string>
  readonly headers: Redacted.Redacted<Readonly<Record<string, string>>>
  /** The only part that is told to people. */
  readonly host: string
}

const FORM = /^(cdp\+)?(wss?|https?):\/\//u

export const ENDPOINT_RULE =
  "must be ws:// or wss:// (a Playwright server), http://, https://, cdp+ws:// or cdp+wss:// (a Chromium's DevTools)"

/** DevTools has one well-known path; `cdp+` says it for services that have another. */
const isDevtools = (prefix: string | undefined, { pathname, protocol }: URL): boolean =>
  prefix !== undefined || protocol.startsWith("http") || pathname.startsWith("/devtools/")

/** Keeps what is not rightly encoded as it stands. */
const decode = (text: string) =>
  new URLSearchParams(`text=${text.replaceAll("+", "%2B").replaceAll("&", "%26")}`).get("text")

const authorization = ({ password, username }: URL) => {
  const pair = `${decode(username)}:${decode(password)}`
  return pair === ":" ? {} : { Authorization: `Basic ${Buffer.from(pair).toString("base64")}` }
}

/** None when the text is no address of a browser. */
export const parseEndpoint = (text: string): BrowserEndpoint | undefined => {
  const prefix = FORM.exec(text)?.[1]
  const address = text.slice(prefix?.length ?? 0)
  if (!FORM.test(text) || !URL.canParse(address)) return undefined
  const url = new URL(address)
  const headers = authorization(url)
  url.username = ""
  url.password = ""
  return {
    protocol: isDevtools(prefix, url) ? "devtools" : "playwright",
    url: Redacted.make(url.href),
    headers: Redacted.make(headers),
    host: url.host
  }
}
