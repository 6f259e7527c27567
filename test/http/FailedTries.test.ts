import { expect, test } from "bun:test"
import { FailedTries, shownNetwork } from "../../src/http/FailedTries.ts"

const makeTries = () => {
  const clock = { now: 1_000_000 }
  return { clock, tries: new FailedTries(() => clock.now) }
}

test("lets five wrong tries pass, and then one every ten seconds", () => {
  const { clock, tries } = makeTries()

  const waits = Array.from({ length: 6 }, () => {
    const wait = tries.waitMs("a")
    tries.failed("a")
    return wait
  })
  clock.now += 20_000

  expect(waits).toEqual([0, 0, 0, 0, 0, 10_000])
  expect(tries.waitMs("a")).toBe(0)
  expect(tries.waitMs("b")).toBe(0)
})

test("forgives with time", () => {
  const { clock, tries } = makeTries()
  for (let tried = 0; tried < 5; tried++) tries.failed("a")

  clock.now += 50_000
  for (let tried = 0; tried < 4; tried++) tries.failed("a")

  expect(tries.waitMs("a")).toBe(0)
})

test("remembers a bounded number of networks, and forgets the one that was quiet for longest", () => {
  const { tries } = makeTries()
  const fail = (network: string) => {
    for (let tried = 0; tried < 6; tried++) tries.failed(network)
  }

  fail("first")
  fail("second")
  tries.failed("first")
  for (let number = 0; number < 9_999; number++) tries.failed(`n${number}`)

  expect(tries.waitMs("second")).toBe(0)
  expect(tries.waitMs("first")).toBeGreaterThan(0)
})

test("shows no more of an address than its network", () => {
  expect(shownNetwork("203.0.113.9")).toBe("203.0.113.0/24")
  expect(shownNetwork("2001:db8:1:2::/64")).toBe("2001:db8:1:2::/64")
})
