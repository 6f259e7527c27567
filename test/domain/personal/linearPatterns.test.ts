/** No text may take long: whoever writes to a model could otherwise stop the whole worker with a line of hyphens. */
import { expect, test } from "bun:test"
import { addressPatterns } from "../../../src/domain/personal/addresses.ts"
import { namePatterns } from "../../../src/domain/personal/names.ts"
import * as numbers from "../../../src/domain/personal/numbers.ts"
import { makeRedactor } from "../../../src/domain/personal/redactPersonal.ts"
import { redact } from "../../../src/domain/redact.ts"

const SIZE = 20_000

/** What chains are made of: every character that a pattern repeats, and mixtures of them. */
const LINKS = [
  ..."Aa1 .-'/,\t\n_中<P",
  ...["A-", "Aa-", "A'", "A’", "A.", "A ", "a ", "a-", "1 ", "1-", "1.", "1/", "A1", "A1-", "A1 ", "A\u0301", "Aa\t"],
  ...[
    "A-A ",
    "Aa'Aa-",
    "A.-",
    "A'a-B ",
    "1 A ",
    "Aa 1 ",
    "Aa 1, ",
    "Aa, ",
    "(1) ",
    "a@",
    "a.a@",
    "a@a.",
    "中1",
    "中路1"
  ],
  ...[
    "Aa y ",
    "Aa und ",
    "Aa de la ",
    "de ",
    "De ",
    "Aa - ",
    "P<",
    "a_",
    "a.",
    '"',
    "\\",
    "=",
    "://",
    "a:",
    "?a=",
    "eyJ."
  ]
]

const chainOf = (link: string, size = SIZE): string => link.repeat(Math.ceil(size / link.length))

/** The words that patterns begin with, from the sources themselves: a new cue is tried without being listed here. */
const cues: ReadonlySet<string> = new Set(
  (
    await Promise.all(
      ["personal/addresses", "personal/nameCues", "personal/names", "personal/numbers", "redact"].map((file) =>
        Bun.file(new URL(`../../../src/domain/${file}.ts`, import.meta.url)).text()
      )
    )
  ).flatMap((source) =>
    source
      .split(/[|"`()?:;=\\\n[\]{}]+/u)
      .map((word) => word.trim())
      .filter((word) => /^[\p{L}][^,/*]{0,24}$/u.test(word))
  )
)

const patterns: ReadonlyArray<readonly [string, RegExp]> = [
  ...addressPatterns.map((pattern, index) => [`address ${index}`, pattern] as const),
  ...namePatterns.map((pattern, index) => [`name ${index}`, pattern] as const),
  ...Object.entries(numbers).flatMap(([name, found]): ReadonlyArray<readonly [string, RegExp]> => {
    if (found instanceof RegExp) return [[name, found]]
    return Array.isArray(found) ? found.map((pattern: RegExp, index) => [`${name} ${index}`, pattern]) : []
  })
]

const msOf = (run: () => unknown): number => {
  const before = performance.now()
  run()
  return performance.now() - before
}

/** Milliseconds for one text of one pattern. They take about 10; those that read it again and again, seconds or days. */
const MOST = 2_000

for (const [name, pattern] of patterns) {
  test(`reads chains of every kind once with the pattern ${name}`, () => {
    for (const link of LINKS) {
      // Short first: a pattern that tries every split is found out before it would take days.
      for (const size of [200, SIZE]) {
        const text = chainOf(link, size)
        expect([link, msOf(() => [...text.matchAll(pattern)]) < MOST]).toEqual([link, true])
      }
    }
  })
}

test("reads the worst chains once behind every word that something personal is told by", () => {
  expect(cues.size).toBeGreaterThan(800)
  for (const link of ["A-", "Aa-", "A'", "A.", "A ", "A", "1 ", "1-", "A1", "Aa, ", "Aa y ", "Aa-A' ", "de ", " "]) {
    const chain = chainOf(link, 40)
    // Behind a number and a postal code is a town, and a letter at the end makes whatever stands before it no document.
    const text = [...cues].map((cue) => `${cue} ${chain}! ${cue}: ${chain}x\n${cue} 5, 10115 ${chain}\n`).join("")
    expect([link, msOf(() => makeRedactor()(text)) < 5 * MOST, msOf(() => redact(text)) < 5 * MOST]).toEqual([
      link,
      true,
      true
    ])
  }
}, 120_000)

test("reads chains of every kind once as a whole", () => {
  for (const link of LINKS) {
    const text = chainOf(link)
    const upper = `PASSPORT ${link}`.repeat(3_000)
    const times = [msOf(() => makeRedactor()(text)), msOf(() => redact(text)), msOf(() => makeRedactor()(upper))]
    expect([link, times.every((ms) => ms < MOST)]).toEqual([link, true])
  }
}, 120_000)

test("knows somebody again in a long text, walking what it found once", () => {
  const text = "Mr Brennekamp, Aa, Aa, Aa, Aa, Aa, Aa ".repeat(30_000)

  expect(msOf(() => makeRedactor()(text))).toBeLessThan(5 * MOST)
}, 60_000)

test("still finds streets and towns with hyphens", () => {
  const redactPersonal = makeRedactor()

  for (const address of [
    "Karl-Liebknecht-Straße 12, 10178 Berlin",
    "Carl-von-Ossietzky-Str. 4, 76530 Baden-Baden",
    "12 rue Saint-Jacques, 75005 Paris",
    "14 Stratford-upon-Avon Road, London SW1A 2AA",
    "Rua Castro-Alves 5, São Paulo - SP, 01310-200"
  ]) {
    expect(redactPersonal(`Send it to ${address}`)).toBe("Send it to [address]")
  }
})
