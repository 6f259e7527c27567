import { expect, setSystemTime, test } from "bun:test"
import { JobId, momentOfId } from "../../src/domain/JobId.ts"
import { newId } from "../../src/runtime/newId.ts"

const momentNow = () => momentOfId(JobId.make(newId()))

test("begins with the time, also after a clock that was ahead is right again", () => {
  const beginsAt = Date.now()
  setSystemTime(new Date(beginsAt + 7_200_000))
  const ahead = momentNow()
  setSystemTime(new Date(beginsAt))
  const right = momentNow()
  setSystemTime()

  expect([ahead - beginsAt, right - beginsAt]).toEqual([7_200_000, 0])
})

test("rises as long as the clock does not go back", () => {
  const ids = Array.from({ length: 1_000 }, () => newId())
  const nowMs = Date.now()
  const ofOneBatch = Array.from({ length: 20_000 }, () => newId(nowMs))

  expect(ids).toEqual(ids.toSorted())
  expect(ofOneBatch).toEqual(ofOneBatch.toSorted())
})
