import { expect } from "bun:test"
import { Effect } from "effect"
import type { Page } from "playwright"
import { BrowserSession } from "../../src/domain/BrowserSession.ts"
import { FakeBrowserSession, type FakePage, makeFakePage } from "../../src/testing/FakePage.ts"
import { it } from "../support/effect.ts"

const use = <A>(fake: FakePage, work: (page: Page) => Promise<A>) =>
  Effect.provide(
    Effect.flatMap(BrowserSession, (browser) => browser.use(work)),
    FakeBrowserSession(fake)
  )

it.effect("writes down what is done, as the script wrote it", () =>
  Effect.gen(function* () {
    const fake = makeFakePage()

    const url = yield* use(fake, async (page) => {
      page.setDefaultTimeout(500)
      await page.goto("https://portal.example.com/login", { timeout: 9_000 })
      await page.getByLabel("Password").fill("p")
      await page
        .getByRole("row")
        .filter({ hasText: /tofu/iu })
        .getByRole("button", { name: "Save", exact: true })
        .click()
      await page.keyboard.press("Escape")
      return page.url()
    })

    expect(url).toBe("https://portal.example.com/login")
    expect(fake.calls).toEqual([
      "setDefaultTimeout(500)",
      'goto("https://portal.example.com/login")',
      'getByLabel("Password").fill("p")',
      'getByRole("row").filter({ hasText: /tofu/iu }).getByRole("button", { name: "Save", exact: true }).click()',
      'keyboard.press("Escape")'
    ])
  })
)

it.effect("gives its answers in turn and stays with the last one", () =>
  Effect.gen(function* () {
    const fake = makeFakePage().answer((page) => page.getByRole("row").count(), 3, 2)

    const counts = yield* use(fake, async (page) => {
      const rows = page.getByRole("row")
      return [await rows.count(), await rows.count(), await rows.count()]
    })

    expect(counts).toEqual([3, 2, 2])
  })
)

it.effect("answers a locator that is passed on, and a list", () =>
  Effect.gen(function* () {
    const fake = makeFakePage().answer(
      (page) => page.getByRole("heading", { level: 1 }).textContent(),
      "Trattoria Roma"
    )

    const heading = yield* use(fake, async (page) => await page.getByRole("heading", { level: 1 }))
    expect(yield* Effect.promise(() => heading.textContent())).toBe("Trattoria Roma")
  })
)

it.effect("does not guess an answer, and says how to give one", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(use(makeFakePage(), (page) => page.getByLabel("Name").inputValue()))

    expect(error.code).toBe("SCRIPT_DEFECT")
    expect(error.cause).toMatchObject({
      message:
        'The fake page does not know what to answer: fake.answer((page) => page.getByLabel("Name").inputValue(), ...)'
    })
  })
)

it.effect("fails as Playwright does where something is missing", () =>
  Effect.gen(function* () {
    const fake = makeFakePage().missing((page) => page.getByRole("dialog"))

    const error = yield* Effect.flip(use(fake, (page) => page.getByRole("dialog").getByRole("button").click()))
    const seen = yield* use(fake, async (page) => [
      await page.getByRole("dialog").count(),
      await page.getByRole("dialog").isVisible()
    ])

    expect(error).toMatchObject({ code: "ELEMENT_NOT_FOUND" })
    expect(error.message).toContain('getByRole("dialog").getByRole("button")')
    expect(seen).toEqual([0, false])
    yield* use(fake, (page) => page.getByRole("button").click())
  })
)

it.effect("fails a call with the error that a test wants", () =>
  Effect.gen(function* () {
    const refused = new Error("page.goto: net::ERR_CONNECTION_REFUSED at https://portal.example.com/")
    const fake = makeFakePage().fail((page) => page.goto("https://portal.example.com/"), refused)

    const error = yield* Effect.flip(use(fake, (page) => page.goto("https://portal.example.com/")))

    expect(error).toMatchObject({ code: "NETWORK_ERROR", retryable: true })
  })
)

it.effect("tells calls apart by the locators that they are given", () =>
  Effect.gen(function* () {
    const fake = makeFakePage().answer(
      (page) =>
        page
          .getByRole("row")
          .filter({ has: page.getByText("Tofu") })
          .count(),
      2
    )
    const rowsWith = (text: string) => (page: Page) =>
      page
        .getByRole("row")
        .filter({ has: page.getByText(text) })
        .count()

    const found = yield* use(fake, rowsWith("Tofu"))
    const error = yield* Effect.flip(use(fake, rowsWith("Seitan")))

    expect(found).toBe(2)
    expect(error).toMatchObject({ code: "SCRIPT_DEFECT" })
    expect(fake.calls[0]).toBe('getByRole("row").filter({ has: page.getByText("Tofu") }).count()')
  })
)

it.effect("misses one of two only when both are missing, and both when one is", () =>
  Effect.gen(function* () {
    const either = (page: Page) => page.getByRole("alert").or(page.getByRole("heading")).waitFor()
    const both = (page: Page) => page.getByRole("heading").and(page.getByRole("alert")).waitFor()
    const fake = makeFakePage().missing((page) => page.getByRole("alert"))

    yield* use(fake, either)
    const neither = yield* Effect.flip(use(fake, both))
    const error = yield* Effect.flip(
      use(
        fake.missing((page) => page.getByRole("heading")),
        either
      )
    )

    expect([neither.code, error.code]).toEqual(["ELEMENT_NOT_FOUND", "ELEMENT_NOT_FOUND"])
  })
)

it.effect("says at once whether the page is closed", () =>
  Effect.gen(function* () {
    const closed = yield* use(makeFakePage(), async (page) => {
      const before = page.isClosed()
      await page.close()
      return [before, page.isClosed()]
    })

    expect(closed).toEqual([false, true])
  })
)

it.effect("waits for what is missing to be gone, and says what a page without a browser has not", () =>
  Effect.gen(function* () {
    const fake = makeFakePage()
      .missing((page) => page.getByText("Loading"))
      .answer((page) => page.getByRole("row").describe("dishes").count(), 3)

    const rows = yield* use(fake, async (page) => {
      await page.getByText("Loading").waitFor({ state: "hidden" })
      await page.getByText("Loading").waitFor({ state: "detached" })
      return page.getByRole("row").describe("dishes").count()
    })

    expect(rows).toBe(3)
    for (const name of ["context", "frames", "viewportSize"] as const) {
      expect(() => fake.page[name]()).toThrow(`The fake page has no browser, so there is no ${name}()`)
    }
  })
)
