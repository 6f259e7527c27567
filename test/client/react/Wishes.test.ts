import { afterEach, expect, jest, test } from "bun:test"
import { Wishes } from "../../../src/client/react/Wishes.ts"
import { CallboardError, type Job } from "../../../src/client.ts"

afterEach(() => void jest.useRealTimers())

/** Answers in turn, and keeps the keys that it was sent. */
const serverOf = (...answers: ReadonlyArray<Error | "job">) => {
  const rest = [...answers]
  const keys: Array<string> = []
  const wishes = new Wishes()
  const press = (name = "bake", given: Parameters<Wishes["make"]>[1] = {}) =>
    wishes
      .make(name, given, async ({ idempotencyKey }) => {
        keys.push(idempotencyKey)
        const answer = rest.shift()
        if (answer instanceof Error) throw answer
        return { id: `job ${keys.length}` } as Job
      })
      .then(({ id }) => id)
      .catch(() => "no job")
  return { keys, press, wishes }
}

const lost = new CallboardError(0, {})
const refused = new CallboardError(422, {})

test("makes one job of a double click, also when the answer comes between the two", async () => {
  jest.useFakeTimers()
  const { keys, press } = serverOf()

  expect(await Promise.all([press(), press()])).toEqual(["job 1", "job 1"])
  jest.advanceTimersByTime(900)
  expect(await press()).toBe("job 1")
  expect(await press("brew")).toBe("job 2")
  jest.advanceTimersByTime(100)
  expect(await press()).toBe("job 3")

  expect(new Set(keys).size).toBe(3)
})

test("sends the same key again when the answer got lost and somebody presses again", async () => {
  const inFlight = new CallboardError(409, { code: "IDEMPOTENCY_IN_FLIGHT" })
  const { keys, press } = serverOf(lost, new CallboardError(503, {}), inFlight, "job")

  expect([await press(), await press(), await press(), await press()]).toEqual(["no job", "no job", "no job", "job 4"])

  expect(new Set(keys).size).toBe(1)
})

test("makes a new wish of one that was refused, and of one that was forgotten", async () => {
  const { keys, press, wishes } = serverOf(refused, lost)

  await press()
  await press()
  wishes.clear()
  await press()

  expect(new Set(keys).size).toBe(3)
})

test("sends the key that it was given, and makes one where none was", async () => {
  const { keys, press } = serverOf()

  await press("one", { idempotencyKey: "order-7" })
  await press("two", { idempotencyKey: undefined })

  expect(keys).toEqual(["order-7", expect.stringMatching(/^[a-z0-9]{20,}$/)])
})
