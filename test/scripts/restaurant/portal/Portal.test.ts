import { expect } from "bun:test"
import { Effect } from "effect"
import { button, field } from "../../../../src/scripts/restaurant/portal/Controls.ts"
import { openPortal } from "../../../../src/scripts/restaurant/portal/Portal.ts"
import { openBrowser } from "../../../support/browser.ts"
import { it } from "../../../support/effect.ts"
import { BrowserSessionOn } from "../../support/TestBrowser.ts"

const LONG_MS = 60_000

/** A page with this form, which says what it was sent. */
const serveForm = (form: string) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        fetch: (request) =>
          new Response(`<!doctype html><h1>${request.method}</h1>${form}`, { headers: { "Content-Type": "text/html" } })
      })
    ),
    (server) => Effect.promise(() => server.stop(true))
  )

/** Fills in a field of a form and presses its button. */
const send = Effect.fnUntraced(function* (form: string, label: string, text: string) {
  const server = yield* serveForm(form)
  const browser = yield* openBrowser
  return yield* Effect.gen(function* () {
    const portal = yield* openPortal(server.url)
    yield* portal.visit("/form")
    yield* portal.fill(field(label), text)
    yield* portal.press(button("Save"))
    return yield* portal.use((page) => page.getByRole("heading").textContent())
  }).pipe(Effect.provide(BrowserSessionOn(browser)))
})

it.live(
  "names a field at once that the browser refuses to send, and never its value",
  () =>
    Effect.gen(function* () {
      const form = `<form method="post"><label>Name <input required value="x"></label>
        <fieldset><label for="mail">E-mail</label><input id="mail" type="email">
        <label>Note\n to us <textarea required></textarea></label></fieldset><button>Save</button></form>`
      const since = performance.now()

      const wrong = yield* Effect.flip(send(form, "E-mail", "no-mail"))
      const inside = yield* Effect.flip(send(form, "Note to us", ""))

      expect(wrong).toMatchObject({ _tag: "FatalError", code: "VALIDATION_ERROR" })
      expect(wrong.message).toContain("The field “E-mail” on /form cannot be sent")
      expect(inside.message).toContain("The field “Note to us” on /form cannot be sent")
      expect(JSON.stringify([wrong, inside])).not.toMatch(/no-mail/u)
      expect(performance.now() - since).toBeLessThan(15_000)
    }),
  LONG_MS
)

it.live(
  "says that a text is too long for its field before it sends the page, and never the text",
  () =>
    Effect.gen(function* () {
      const field = (attributes: string) => `<form method="post"><label>Note <input ${attributes}></label>`
      const area = '<form method="post"><label>Note <textarea maxlength="5"></textarea></label>'
      const end = "<button>Save</button></form>"

      const cut = yield* Effect.flip(send(`${field('maxlength="5"')}${end}`, "Note", "secret"))
      const cutArea = yield* Effect.flip(send(`${area}${end}`, "Note", "se\ncret"))
      const sent = [
        yield* send(`${field('maxlength="5"')}${end}`, "Note", "se\ncre"),
        yield* send(`${area}${end}`, "Note", "se\r\ncr"),
        yield* send(`${field('type="number" maxlength="2"')}${end}`, "Note", "120")
      ]

      expect(cut).toMatchObject({
        _tag: "FatalError",
        code: "VALIDATION_ERROR",
        message: "The portal takes at most 5 characters in the field “Note”, and the job has 6 for it."
      })
      expect(cutArea.message).toContain("at most 5 characters")
      expect(JSON.stringify([cut, cutArea])).not.toContain("secr")
      expect(sent).toEqual(["POST", "POST", "POST"])
    }),
  LONG_MS
)

it.live(
  "sends a form that does not ask the browser to check it",
  () =>
    Effect.gen(function* () {
      const form = `<form method="post" novalidate><label>E-mail <input type="email"></label><button>Save</button></form>`

      expect(yield* send(form, "E-mail", "no-mail")).toBe("POST")
    }),
  LONG_MS
)
