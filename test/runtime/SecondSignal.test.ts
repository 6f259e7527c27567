import { expect, test } from "bun:test"
import { makeIsSecond } from "../../src/runtime/SecondSignal.ts"

test("takes a second signal for one, and not the first one that was passed on", () => {
  const isSecond = makeIsSecond()

  expect([5_000, 5_040, 5_300, 5_301].map(isSecond)).toEqual([false, false, true, true])
})
