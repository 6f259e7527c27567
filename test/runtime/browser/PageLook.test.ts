import { expect, test } from "bun:test"
import type { Page } from "playwright"
import { lookAt, registerEngine } from "../../../src/runtime/browser/PageLook.ts"

test("registers what finds secrets once, and again after it failed", async () => {
  const answers = [() => Promise.reject(new Error("The browser has gone.")), () => Promise.resolve()]
  let asked = 0
  const selectors = { register: () => answers[asked++]!() } as unknown as Parameters<typeof registerEngine>[0]

  await expect(registerEngine(selectors)).rejects.toThrow("gone")
  await registerEngine(selectors)
  await registerEngine(selectors)

  expect(asked).toBe(2)
})

const PICTURE = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64"
)

/** Its locators are the words they were asked with. `answers`: what is asked of a frame, one after the other. */
const frameOf = (name: string, answers: Array<() => Promise<Array<string>>>, url = "http://ads.example/") => ({
  url: () => url,
  isDetached: () => false,
  locator: (selector: string) => ({ in: name, selector, evaluateAll: () => answers.shift()!() })
})

type FakeFrame = ReturnType<typeof frameOf>
type Mask = ReadonlyArray<{ readonly in: string; readonly selector: string }>

const answer = (...texts: Array<string>) => Promise.resolve(texts)
const never = () => new Promise<Array<string>>(() => undefined)
const gone = () => Promise.reject(new Error("Execution context was destroyed"))

/** A picture succeeds as long as nothing `lost` has to be covered. `found`: elements that are frames and can be covered. */
const pageOf = (main: FakeFrame, inner: Array<FakeFrame>, lost = "nothing", found = inner.length) => {
  const masks: Array<Mask> = []
  const page = {
    mainFrame: () => Object.assign(main, { childFrames: () => inner }),
    frames: () => [main, ...inner],
    url: () => "http://portal.example/",
    title: async () => "Bills",
    locator: (selector: string) => ({
      in: "page",
      selector,
      count: async () => found,
      ariaSnapshot: async () => "- text: paid with hunter22"
    }),
    screenshot: ({ mask }: { mask: Mask }) => {
      masks.push(mask)
      return mask.some((cover) => cover.in === lost) ? gone() : Promise.resolve(PICTURE)
    }
  }
  return { masks, page: page as unknown as Page }
}

const coveredFrames = expect.objectContaining({ selector: "iframe, frame, embed, object" })

test("shows a page without its frames where one of them gives no answer, and learns from the others", async () => {
  const inner = [
    frameOf("busy", [never]),
    frameOf("unloaded", [never], ""),
    frameOf("reloads for ever", [gone, gone]),
    frameOf("reloads", [gone, () => answer("hunter22")])
  ]
  const { masks, page } = pageOf(frameOf("main", [() => answer("")]), inner)

  const seen = await lookAt(page, [], 80)

  expect(seen).toMatchObject({ typed: ["hunter22"], title: "Bills", words: "- text: paid with ••••" })
  expect(seen?.picture).toBeDefined()
  expect(masks).toEqual([expect.arrayContaining([coveredFrames])])
  expect(new Set(masks[0]?.map((cover) => cover.in))).toEqual(new Set(["page", "main"]))
})

test("takes the picture with covered frames where one of them is lost while it is taken", async () => {
  const inner = [frameOf("reloads", [() => answer()])]
  const { masks, page } = pageOf(frameOf("main", [() => answer()]), inner, "reloads")

  const seen = await lookAt(page, [], 10_000)

  expect(seen?.picture).toBeDefined()
  expect(masks.map((mask) => mask.some((cover) => cover.in === "page"))).toEqual([false, true])
})

test("takes no picture where a frame that gave no answer cannot be covered", async () => {
  const { masks, page } = pageOf(frameOf("main", [() => answer()]), [frameOf("hidden", [never])], "nothing", 0)

  expect([(await lookAt(page, [], 80))?.words, masks]).toEqual(["- text: paid with hunter22", []])
})

test("shows nothing of a page that does not answer itself", async () => {
  const { masks, page } = pageOf(frameOf("main", [never]), [frameOf("other", [() => answer()])])

  expect([await lookAt(page, [], 10), masks]).toEqual([undefined, []])
})
