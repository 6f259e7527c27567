import { expect, test } from "bun:test"
import { FailedTries, networkOf, shownNetwork } from "../../src/http/FailedTries.ts"

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

test("takes all addresses of an IPv6 customer for one, and shows no more of an address than its network", () => {
  expect(networkOf("2001:db8:1:2:3:4:5:6")).toBe(networkOf("2001:db8:1:2:ffff::1"))
  expect(networkOf("2001:db8:1:2::1")).not.toBe(networkOf("2001:db8:1:3::1"))
  expect(networkOf("::ffff:203.0.113.9")).toBe("203.0.113.9")
  expect(shownNetwork("203.0.113.9")).toBe("203.0.113.0/24")
})
