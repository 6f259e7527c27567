import { expect, test } from "bun:test"
import { makeTokenBuckets } from "../../../src/http/limits/TokenBuckets.ts"

/** Buckets on a clock that the test moves. */
const onTestClock = (options: { readonly perSecond: number; readonly most?: number }) => {
  const clock = { ms: 0 }
  return { clock, ...makeTokenBuckets({ ...options, now: () => clock.ms }) }
}

test("it allows what ten seconds hold at once, and then what the rate gives", () => {
  const { clock, take } = onTestClock({ perSecond: 2 })

  const burst = Array.from({ length: 21 }, () => take("ada").allowed)
  clock.ms = 500
  const later = [take("ada").allowed, take("ada").allowed]

  expect(burst.filter((allowed) => allowed)).toHaveLength(20)
  expect(burst.at(-1)).toBe(false)
  expect(later).toEqual([true, false])
})

test("it says how much is left, and how long to wait", () => {
  const { clock, take } = onTestClock({ perSecond: 0.5 })

  expect(take("ada")).toEqual({ allowed: true, remaining: 4, waitSeconds: 0, resetSeconds: 2 })
  for (let i = 0; i < 4; i++) take("ada")
  expect(take("ada")).toEqual({ allowed: false, remaining: 0, waitSeconds: 2, resetSeconds: 10 })
  clock.ms = 60_000
  expect(take("ada").remaining).toBe(4)
})

test("it counts each key for itself", () => {
  const { take } = onTestClock({ perSecond: 0.1 })

  expect([take("ada").allowed, take("ada").allowed, take("bob").allowed]).toEqual([true, false, true])
})

test("it remembers so many keys and no more, and forgets the one that asked least recently", () => {
  const { size, take } = onTestClock({ perSecond: 0.1, most: 3 })
  for (const key of ["a", "b", "c", "a", "d"]) take(key)

  expect(size()).toBe(3)
  expect(take("a").allowed).toBe(false)
  expect(take("b").allowed).toBe(true)
})
