import { expect, test } from "bun:test"
import { shownUrl, withShownUrls } from "../../../src/runtime/browser/shownUrl.ts"

test("leaves out the values of a query, the fragment and who is signed in", () => {
  const url = shownUrl("https://ann:secret@portal.example.com:8443/menu/items?page=2&code=123456&code=7#token=abc")

  expect(url).toBe("https://portal.example.com:8443/menu/items?page=••••&code=••••")
})

test("hides a part of the path, or a name, that is a token, and keeps ids", () => {
  const id = "018f0000-0000-7000-8000-000000000001"

  expect(
    shownUrl(`https://example.com/reset/Zm9vYmFyMTIzNDU2Nzg5MDEyMzQ1/${id}/my-long-restaurant-name-in-words`)
  ).toBe(`https://example.com/reset/••••/${id}/my-long-restaurant-name-in-words`)
  expect(shownUrl("https://example.com/?Zm9vYmFyMTIzNDU2Nzg5MDEyMzQ1")).toBe("https://example.com/?••••=••••")
})

test("says no more than the kind of an address that is no web page", () => {
  expect(shownUrl("data:text/html,<p>secret")).toBe("data:")
  expect(shownUrl("about:blank")).toBe("about:blank")
  expect(shownUrl("no address")).toBe("")
})

test("does the same to every address in a sentence", () => {
  expect(withShownUrls('Failed to load "https://example.com/a?b=c" (https://example.com/d#e).')).toBe(
    'Failed to load "https://example.com/a?b=••••" (https://example.com/d).'
  )
})
