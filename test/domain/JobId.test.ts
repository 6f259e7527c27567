import { expect, test } from "bun:test"
import { DateTime, Option } from "effect"
import { firstIdAt, isReadable, JobId, momentOfId, parseJobRef, readableJobId } from "../../src/domain/JobId.ts"

test("writes the UTC second of creation and eight random digits", () => {
  const createdAt = DateTime.makeUnsafe("2026-11-21T04:05:06.789Z")

  expect(readableJobId(createdAt, new Uint8Array([0, 255, 16, 1]))).toBe("JOB_20261121_040506_00ff1001" as never)
})

test("takes either kind of id, and says at once that other text is none", () => {
  const uuid = "019ac2f0-0000-7000-8000-0000000000AB"

  expect(Option.getOrUndefined(parseJobRef(uuid))).toBe(uuid.toLowerCase() as never)
  expect(Option.map(parseJobRef("JOB_20261121_040506_00ff1001"), isReadable)).toEqual(Option.some(true))
  for (const text of ["", "JOB_20261121_040506_00FF1001", "JOB_1", "' OR 1=1 --", `${uuid}0`]) {
    expect(Option.isNone(parseJobRef(text))).toBe(true)
  }
})

test("tells ids by their moment, and their moment by ids", () => {
  const id = JobId.make(Bun.randomUUIDv7("hex", 1_790_000_000_123))

  expect(momentOfId(id)).toBe(1_790_000_000_123)
  expect([firstIdAt(1_790_000_000_123) <= id, firstIdAt(1_790_000_000_124) > id]).toEqual([true, true])
})
