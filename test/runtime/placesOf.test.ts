import { expect, test } from "bun:test"
import { placesOf } from "../../src/runtime/execution.ts"

test("describes a worker by what it runs at once, not by what it claims ahead", () => {
  expect(placesOf({ quick: { places: 16, prefetch: 1_000 }, browser: { places: 2, prefetch: 0 } })).toEqual({
    quick: 16,
    browser: 2
  })
})
