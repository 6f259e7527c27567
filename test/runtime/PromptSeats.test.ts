import { expect, test } from "bun:test"
import { Duration } from "effect"
import { makePromptSeats, seatsOf } from "../../src/runtime/PromptSeats.ts"

test.each([
  [1, 1],
  [2, 1],
  [3, 2],
  [8, 7]
])("has for %d places %d seats", (places, seats) => {
  expect(seatsOf(places)).toBe(seats)
})

test("says when the first of those in the way runs out of time, and has room when one leaves", () => {
  const seats = makePromptSeats(() => 3)
  const first = seats.take("browser", 0, 60_000)
  seats.take("browser", 0, 90_000)

  expect(seats.isFull("browser")).toBe(true)
  expect(seats.take("browser", 10_000, 60_000)).toEqual({ _tag: "Full", delay: Duration.seconds(50) })
  expect(seats.take("browser", 59_999, 60_000)).toEqual({ _tag: "Full", delay: Duration.seconds(5) })
  expect(seats.take("default", 0, 60_000)._tag).toBe("Taken")
  if (first._tag === "Taken") first.free()
  expect(seats.isFull("browser")).toBe(false)
})
