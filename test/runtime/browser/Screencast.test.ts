import { expect } from "bun:test"
import { Effect, Queue } from "effect"
import type { Page } from "playwright"
import { screencast } from "../../../src/runtime/browser/Screencast.ts"
import { lookForSecrets, NOTES_SCRIPT } from "../../../src/runtime/browser/secretsOnPage.ts"
import { makeMasker } from "../../../src/runtime/Masker.ts"
import { openBrowser } from "../../support/browser.ts"
import { it } from "../../support/effect.ts"

const SECRET = "482913"
const PIN = "7316"
const mask = makeMasker([SECRET, PIN])

const promised = <A>(work: () => Promise<A>) => Effect.promise(work)

/** Sites that answer with the page of their path. */
const serve = (pages: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      Bun.serve({
        port: 0,
        fetch: ({ url }) => new Response(pages[new URL(url).pathname], { headers: { "content-type": "text/html" } })
      })
    ),
    (server) => promised(() => server.stop(true))
  )

const openPage = Effect.gen(function* () {
  const browser = yield* openBrowser
  const context = yield* promised(() => browser.newContext({ viewport: { width: 320, height: 240 } }))
  const page = yield* promised(() => context.newPage())
  const cdp = yield* promised(() => context.newCDPSession(page))
  return { browser, context, page, look: Effect.map(lookForSecrets(page, cdp, mask), ({ verdict }) => verdict) }
})

it.live("finds a secret wherever people can read it on a page, and not where they see dots", () =>
  Effect.gen(function* () {
    const other = yield* serve({ "/": `<p>Your code: ${SECRET}</p>` })
    const { look, page } = yield* openPage
    const verdictOf = (html: string, act: (on: Page) => Promise<unknown> = () => Promise.resolve()) =>
      Effect.gen(function* () {
        yield* promised(() => page.setContent(html))
        yield* promised(() => act(page))
        return yield* look
      })
    const pin = `<input value="ann@example.com">${[...PIN].map((digit) => `<input value="${digit}">`).join("")}<input value="Rome">`
    const digits = [...SECRET].map(() => "<input>").join("")
    const frame = `<iframe src="http://localhost:${other.port}/"></iframe>`

    expect(yield* verdictOf("<p>Nothing here</p>")).toBe("clean")
    expect(yield* verdictOf(`<input type="password" value="${SECRET}"><input type="hidden" value="${SECRET}">`)).toBe(
      "clean"
    )
    expect(yield* verdictOf(`<b>${SECRET}</b>`)).toBe("secret")
    expect(yield* verdictOf("<b>482 913</b>")).toBe("secret")
    expect(yield* verdictOf(`<input value="${SECRET}">`)).toBe("secret")
    expect(
      yield* verdictOf("<div></div>", (on) =>
        on.evaluate((text) => {
          document.querySelector("div")!.attachShadow({ mode: "open" }).innerHTML = `<i>${text}</i>`
        }, SECRET)
      )
    ).toBe("secret")
    const eachDigit = async (on: Page) => {
      for (const [index, digit] of [...SECRET].entries()) await on.locator("input").nth(index).fill(digit)
    }
    expect(yield* verdictOf(digits, eachDigit)).toBe("secret")
    expect(yield* verdictOf(pin)).toBe("secret")
    expect(yield* verdictOf(frame, (on) => on.frameLocator("iframe").getByText("Your code").waitFor())).toBe("secret")
  })
)

it.live("remembers what was typed and taken away again, once", () =>
  Effect.gen(function* () {
    const { look, page } = yield* openPage
    yield* promised(() => page.setContent("<input>"))
    yield* look
    yield* promised(() => page.fill("input", SECRET))
    yield* promised(() => page.fill("input", ""))

    expect([yield* look, yield* look]).toEqual(["secret", "clean"])
  })
)

/** How red each picture is: the page is red while it holds the secret. */
const redness = (page: Page, pictures: ReadonlyArray<Uint8Array>) =>
  promised(() =>
    page.evaluate(
      async (sources) => {
        const found: Array<number> = []
        for (const source of sources) {
          const image = Object.assign(new Image(), { src: `data:image/jpeg;base64,${source}` })
          await image.decode()
          const canvas = new OffscreenCanvas(1, 1).getContext("2d")!
          canvas.drawImage(image, 0, 100, 10, 10, 0, 0, 1, 1)
          const [red, green] = canvas.getImageData(0, 0, 1, 1).data
          found.push(red! - green!)
        }
        return found
      },
      pictures.map((jpeg) => Buffer.from(jpeg).toString("base64"))
    )
  )

it.live("never shows a page that held the secret, however shortly it did", () =>
  Effect.gen(function* () {
    const turns = (to: string) => `<title>t</title><style>body { background: white } .red { background: red }</style>
      <body><input oninput="document.body.className = this.value ? 'red' : ''"><a href="${to}">${to}</a>`
    const site = yield* serve({ "/a": turns("/b"), "/b": turns("/a") })
    const { browser, context, page } = yield* openPage
    const shown: Array<Uint8Array> = []
    const news = yield* Queue.unbounded<void>()
    const show = (jpeg: Uint8Array) =>
      Effect.andThen(
        Effect.sync(() => shown.push(jpeg)),
        Queue.offer(news, undefined)
      )
    yield* Effect.forkScoped(
      screencast({ context, page, mask }, "large", { show, hide: Effect.void, onAnswer: () => undefined })
    )
    yield* promised(() => page.goto(`${site.url}a`))
    for (let round = 0; round < 12; round++) {
      yield* Queue.take(news)
      yield* promised(async () => {
        await page.fill("input", SECRET)
        // Painted for certain.
        await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
        if (round % 2 === 0) await page.fill("input", "")
        else await page.click("a")
      })
      yield* Queue.clear(news)
    }
    yield* Queue.take(news)

    const reader = yield* promised(() => browser.newPage())
    expect(Math.max(...(yield* redness(reader, shown)))).toBeLessThan(60)
    expect(shown.length).toBeGreaterThan(6)
    expect(NOTES_SCRIPT).not.toContain(SECRET)
  })
)
