import { expect, test } from "bun:test"
import { restaurantIn } from "../../../src/runtime/postgres/newRows.ts"

test("takes a restaurant from the input of a job only where its page has an address", () => {
  expect(restaurantIn({ restaurantId: "bella.roma/1" })).toBe("bella.roma/1")
  for (const restaurantId of [".", "..", " ", "", "x".repeat(201), 7])
    expect(restaurantIn({ restaurantId })).toBeUndefined()
})
