import { expect, test } from "bun:test"
import { AttemptClock } from "../../src/runtime/AttemptClock.ts"

test("counts from the start, and not while it is paused", () => {
  const clock = new AttemptClock()
  expect([clock.isStarted, clock.usedMs(500)]).toEqual([false, 0])

  clock.start(1_000)
  expect([clock.isStarted, clock.usedMs(1_400)]).toEqual([true, 400])
  clock.pause(1_500)
  expect(clock.usedMs(9_000)).toBe(500)
  clock.resume(10_000)
  expect(clock.usedMs(10_200)).toBe(700)
})

test("goes on only when the last pause is over", () => {
  const clock = new AttemptClock()
  clock.start(0)
  clock.pause(100)
  clock.pause(200)
  clock.resume(300)
  expect(clock.usedMs(1_000)).toBe(100)
  clock.resume(2_000)
  expect(clock.usedMs(2_050)).toBe(150)
})

test("says whether it is held, which is a pause", () => {
  const clock = new AttemptClock()
  clock.start(0)
  clock.pause(50)
  expect(clock.isHeld).toBe(false)
  clock.resume(60)
  clock.hold(100)
  clock.hold(200)
  clock.release(300)
  expect([clock.isHeld, clock.usedMs(1_000)]).toEqual([true, 90])
  clock.release(2_000)
  expect([clock.isHeld, clock.usedMs(2_010)]).toEqual([false, 100])
})
