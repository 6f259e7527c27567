import { expect, setSystemTime, test } from "bun:test"
import { FailedTries, shownNetwork } from "../../src/http/FailedTries.ts"

const makeTries = () => {
  const clock = { now: 1_000_000 }
  return { clock, tries: new FailedTries(() => clock.now) }
}

test("lets five wrong tries pass, and then one every ten seconds", () => {
  const { clock, tries } = makeTries()

  const waits = Array.from({ length: 6 }, () => tries.take("a"))
  clock.now += 10_000

  expect(waits).toEqual([0, 0, 0, 0, 0, 10_000])
  expect([tries.take("a"), tries.take("a")]).toEqual([0, 10_000])
  expect(tries.take("b")).toBe(0)
})

test("makes nobody wait longer because the clock was set back", () => {
  const tries = new FailedTries()
  for (let tried = 0; tried < 5; tried++) tries.take("a")
  setSystemTime(new Date(Date.now() - 7_200_000))
  const wait = tries.take("a")
  setSystemTime()

  expect(wait).toBeGreaterThan(9_000)
  expect(wait).toBeLessThanOrEqual(10_000)
})

test("makes nobody wait longer for tries that were refused", () => {
  const { tries } = makeTries()

  const waits = Array.from({ length: 250 }, () => tries.take("a"))

  expect(Math.max(...waits)).toBe(10_000)
})

test("counts no try that was right", () => {
  const { tries } = makeTries()

  const waits = Array.from({ length: 20 }, () => {
    const wait = tries.take("a")
    tries.giveBack("a")
    return wait
  })

  expect(new Set(waits)).toEqual(new Set([0]))
})

test("forgives with time", () => {
  const { clock, tries } = makeTries()
  for (let tried = 0; tried < 5; tried++) tries.take("a")

  clock.now += 50_000

  expect(Array.from({ length: 5 }, () => tries.take("a"))).toEqual([0, 0, 0, 0, 0])
})

test("remembers a bounded number of networks, and forgets the one that was quiet for longest", () => {
  const { tries } = makeTries()
  const fail = (network: string, times: number) => {
    for (let tried = 0; tried < times; tried++) tries.take(network)
  }

  fail("first", 4)
  fail("second", 5)
  fail("first", 1)
  for (let number = 0; number < 9_999; number++) fail(`n${number}`, 1)

  expect(tries.take("first")).toBeGreaterThan(0)
  expect(tries.take("second")).toBe(0)
})

test("shows no more of an address than its network", () => {
  expect(shownNetwork("203.0.113.9")).toBe("203.0.113.0/24")
  expect(shownNetwork("2001:db8:1:2::/64")).toBe("2001:db8:1:2::/64")
})
