import { afterEach, expect, test } from "bun:test"
import { givePlace, takePlace } from "../../src/client/heldPlaces.ts"

const page = globalThis as { document?: object }
afterEach(() => {
  delete page.document
})

test("has no place for a window that nobody looks at, so that others are not kept waiting", () => {
  page.document = { hidden: true }
  const hidden = takePlace()
  page.document = { hidden: false }
  const shown = takePlace()
  if (shown) givePlace()

  expect([hidden, shown]).toEqual([false, true])
})
