import { expect, test } from "bun:test"
import { hidePersonal } from "../../src/runtime/hidePersonal.ts"
import { sensitive } from "../domain/redactionCorpus.ts"

test("it hides all that is hidden in a log", () => {
  const shown = sensitive.filter(({ hide, text }) => hide.some((secret) => hidePersonal(text).includes(secret)))

  expect(shown).toEqual([])
})

test("it hides what might be a number of somebody, a key or a part of an address that opens a door", () => {
  const doubtful = [
    ["the guest is 123456789", "123456789"],
    ["key sk_abcdefgh", "abcdefgh"],
    ["use Bearer abcdefghij", "abcdefghij"],
    ["at https://somebody@portal.example/menu", "somebody"],
    ["at https://portal.example/menu?guest=ada#top", "ada"],
    ["value 0a1b2c3d4e5f60718293a4b5c6d7e8f9", "0a1b2c3d"]
  ] as const

  for (const [text, hide] of doubtful) expect(hidePersonal(text)).not.toContain(hide)
})

test("it leaves words, and the ids of jobs", () => {
  const text = "JOB_20261122_070000_0a1b2c3d failed at https://portal.example/menu: no button Save after 30 s, 12 of 40"

  expect(hidePersonal(text)).toBe(text)
})

test("it hides nothing more in what it has hidden", () => {
  const once = sensitive.map(({ text }) => hidePersonal(text))

  expect(once.map(hidePersonal)).toEqual(once)
})

test("it takes time in proportion to the text, whatever is repeated in it", () => {
  const seeds = ["=", "/", "=+", "/y", "=7", "http://", "http://a@", "sk_", "://", "Bearer ", "1 ", "+1-", "a."]

  for (const seed of seeds) {
    const begun = process.cpuUsage()
    hidePersonal(seed.repeat(Math.ceil(160_000 / seed.length)))
    const { system, user } = process.cpuUsage(begun)

    // Hundredths of a second are usual. Rules that begin anew at each place need more than ten seconds.
    expect([seed, user + system < 3_000_000]).toEqual([seed, true])
  }
})
