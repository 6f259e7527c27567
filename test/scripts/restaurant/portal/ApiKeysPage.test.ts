import { expect } from "bun:test"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer, Redacted } from "effect"
import type { Page } from "playwright"
import { BrowserSession } from "../../../../src/domain/BrowserSession.ts"
import { makeApiKeysPage } from "../../../../src/scripts/restaurant/portal/ApiKeysPage.ts"
import { openPortal } from "../../../../src/scripts/restaurant/portal/Portal.ts"
import { openBrowser } from "../../../support/browser.ts"
import { it } from "../../../support/effect.ts"
import { zipEntries } from "../../support/zipEntries.ts"

/**
 * A page of the portal as this page object knows it. `keyField` stands in the answer that creates a key, which comes when
 * the page has sent what it sends on its own.
 */
const serveKeys = (keyField: string, script = "") =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const sent = Promise.withResolvers<void>()
      if (script === "") sent.resolve()
      const form = `<script>${script}</script><form method="post"><label>Name <input name="name"></label><label>Note <input name="note"></label>
        <fieldset><legend>The key may</legend>${["Read the menu", "Change the menu", "Read orders", "Change orders"]
          .map((text) => `<label><input type="checkbox"> ${text}</label>`)
          .join("")}</fieldset><button>Create key</button></form>`
      const pageWith = (extra: string) =>
        new Response(`<!doctype html><h1>API keys</h1>${extra}${form}`, { headers: { "Content-Type": "text/html" } })
      return Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        fetch: async ({ method, url }) => {
          if (url.endsWith("/visits")) {
            sent.resolve()
            return new Response("{}")
          }
          if (method === "POST") await sent.promise
          return pageWith(method === "POST" ? keyField : "")
        }
      })
    }),
    (server) => Effect.promise(() => server.stop(true))
  )

const createKey = Effect.gen(function* () {
  const { use } = yield* BrowserSession
  const page = makeApiKeysPage(yield* openPortal(new URL(yield* use((open) => Promise.resolve(open.url())))))
  return yield* page.create({ name: "Till", note: "", permissions: ["Read the menu"] })
})

/** What `createKey` gave, what the page shows afterwards, and everything that Playwright recorded of it. */
const record = Effect.fnUntraced(function* (keyField: string, script = "") {
  const server = yield* serveKeys(keyField, script)
  const browser = yield* openBrowser
  const folder = mkdtempSync(join(tmpdir(), "api-keys-"))
  yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(folder, { recursive: true })))
  const context = yield* Effect.promise(() => browser.newContext())
  const page: Page = yield* Effect.promise(() => context.newPage())
  yield* Effect.promise(() => context.tracing.start({ snapshots: true, screenshots: true }))
  yield* Effect.promise(() => page.goto(server.url.href))
  const session = Layer.succeed(BrowserSession, { use: (work) => Effect.promise(() => work(page)) })
  const result = yield* Effect.result(Effect.provide(createKey, session))
  const path = join(folder, "trace.zip")
  yield* Effect.promise(() => context.tracing.stop({ path }))
  const recorded = zipEntries(readFileSync(path))
  return { result, shown: yield* Effect.promise(() => page.content()), recorded }
})

const textOf = (entries: ReadonlyArray<{ readonly bytes: Buffer }>) =>
  entries.map(({ bytes }) => bytes.toString("latin1")).join("\n")

it.live("keeps a new key away from the browser and from everything that is recorded of it", () =>
  Effect.gen(function* () {
    const field = '<label for="new-key">Your new key</label><input readonly value="pk_1_topmost" id="new-key">'

    const { recorded, result, shown } = yield* record(field)

    expect(result._tag).toBe("Success")
    expect(result._tag === "Success" && Redacted.value(result.success)).toBe("pk_1_topmost")
    expect(String(result._tag === "Success" && result.success)).not.toContain("topmost")
    expect(shown).toContain("(hidden)")
    expect(textOf(recorded)).toContain("Your new key")
    expect(`${shown} ${textOf(recorded)}`).not.toContain("topmost")
  })
)

it.live("shows the browser nothing of an answer that has the key somewhere else", () =>
  Effect.gen(function* () {
    const { recorded, result, shown } = yield* record("<p>Your new key: <code>pk_1_topmost</code></p>")

    expect(result).toMatchObject({ _tag: "Failure", failure: { _tag: "FatalError", code: "ELEMENT_NOT_FOUND" } })
    expect(textOf(recorded)).toContain("Create key")
    expect(`${shown} ${textOf(recorded)}`).not.toContain("topmost")
  })
)

it.live("shows the browser nothing of an answer that has the key twice", () =>
  Effect.gen(function* () {
    const field = '<input readonly value="pk_1_topmost" id="new-key"><button data-copy="pk_1_topmost">Copy</button>'

    const { recorded, result, shown } = yield* record(field)

    expect(result._tag === "Success" && Redacted.value(result.success)).toBe("pk_1_topmost")
    expect(`${shown} ${textOf(recorded)}`).not.toContain("topmost")
  })
)

it.live("does not take what the page sends on its own for the answer with the key", () =>
  Effect.gen(function* () {
    const field = '<input readonly value="pk_1_topmost" id="new-key">'
    const script = 'addEventListener("submit", () => setTimeout(() => fetch("/visits", { method: "POST" }), 0))'

    const { result } = yield* record(field, script)

    expect(result._tag === "Success" && Redacted.value(result.success)).toBe("pk_1_topmost")
  })
)
