import { expect, test } from "bun:test"
import { Effect, Redacted } from "effect"
import { parseEndpoint } from "../../../src/runtime/browser/BrowserEndpoint.ts"
import { readSettings } from "../../../src/runtime/Settings.ts"
import { it } from "../../support/effect.ts"

const table: ReadonlyArray<readonly [text: string, protocol: string, url: string]> = [
  ["ws://127.0.0.1:3001/", "playwright", "ws://127.0.0.1:3001/"],
  ["wss://browsers.test/run?token=t", "playwright", "wss://browsers.test/run?token=t"],
  ["http://127.0.0.1:9222", "devtools", "http://127.0.0.1:9222/"],
  ["https://browsers.test/", "devtools", "https://browsers.test/"],
  ["ws://127.0.0.1:9222/devtools/browser/1", "devtools", "ws://127.0.0.1:9222/devtools/browser/1"],
  ["cdp+wss://browsers.test/?token=t", "devtools", "wss://browsers.test/?token=t"],
  ["cdp+http://127.0.0.1:9222", "devtools", "http://127.0.0.1:9222/"]
]

test.each(table)("reads %s", (text, protocol, url) => {
  const endpoint = parseEndpoint(text)!

  expect([endpoint.protocol, Redacted.value(endpoint.url)]).toEqual([protocol, url])
})

test("sends user and password as a header and not in the address", () => {
  const endpoint = parseEndpoint("wss://ada:p%40s%25+%&@browsers.test:8443/x?token=t")!

  expect(Redacted.value(endpoint.headers)).toEqual({ Authorization: `Basic ${btoa("ada:p@s%+%&")}` })
  expect(Redacted.value(endpoint.url)).toBe("wss://browsers.test:8443/x?token=t")
  expect(JSON.stringify(endpoint)).not.toMatch(/p@s|p%40s|token/u)
})

test.each(["", "browsers.test", "ftp://browsers.test", "cdp+ftp://x", "ws://"])("refuses %p", (text) =>
  expect(parseEndpoint(text)).toBeUndefined()
)

it.effect("names the setting, and not its value, when the address is of no known kind", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(readSettings({ CALLBOARD_BROWSER_ENDPOINT: "ftp://u:hunter2@host/" }))

    expect(error.message).toContain("CALLBOARD_BROWSER_ENDPOINT must be ws:// or wss://")
    expect(error.message).not.toContain("hunter2")
  })
)
