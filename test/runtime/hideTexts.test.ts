/** Secrets and texts come from strangers, and the whole worker waits while a text is masked. */
import { expect, test } from "bun:test"
import fc from "fast-check"
import { MASK } from "../../src/domain/Secret.ts"
import { makeMasker } from "../../src/runtime/Masker.ts"

/** CPU time, because the machine may be busy with something else. */
const cpuMsOf = (run: () => unknown): number => {
  const before = process.cpuUsage()
  run()
  const { system, user } = process.cpuUsage(before)
  return (system + user) / 1_000
}

const TIMES = 8
/** What takes less is not told apart from the noise. */
const LEAST_MS = 10

/** Eight times the text takes about eight times as long; with a square in it, 64 times. */
const growsWithItsSize = (run: (size: number) => unknown, size: number): boolean => {
  const most =
    3 *
    TIMES *
    Math.max(
      LEAST_MS,
      cpuMsOf(() => run(size))
    )
  return [1, 2, 3].some(() => cpuMsOf(() => run(TIMES * size)) < most)
}

const fill = (link: string, size: number): string => link.repeat(Math.ceil(size / link.length))

const HOSTILE: ReadonlyArray<readonly [link: string, secrets: (size: number) => ReadonlyArray<string>]> = [
  ...["\\\\server\\share", "\\\\", '"quoted"', "/path/to", "\nnext line", "-dash-", "'"].map(
    (secret) => ["\\", () => [secret]] as const
  ),
  ["\\", (size) => [`${fill("\\", size / 100)}x`]],
  ["\\n", () => ["\n\n\n\n\n\n\\nx"]],
  ["%26", () => ["&&&&%26%26%26%26x"]],
  ["%25", (size) => [`${fill("%", size / 100)}${fill("%25", size / 100)}x`]],
  ["&#0", () => ["&#000000x"]],
  ["0", () => ["&secret", "&#0x"]],
  ["a", () => ["aaaaaaab"]],
  ["a", (size) => [`${fill("a", size / 2)}b`]],
  ["ab", (size) => Array.from({ length: size / 50 }, (_, index) => `abab${index}`)]
]

test("takes no longer than in proportion to the text, whatever the secrets are", () => {
  // Short first: what tries every split is found out before it would take days.
  for (const size of [250, 20_000]) {
    for (const [link, secrets] of HOSTILE) {
      const run = (length: number) => makeMasker(secrets(length))(`&#${fill(link, length)}`)
      expect([link, secrets(100), growsWithItsSize(run, size)]).toEqual([link, secrets(100), true])
    }
  }
}, 300_000)

test("hides everything where a text agrees with a secret at too many places", () => {
  expect(makeMasker([`${fill("a", 1_000)}b`])(fill("a", 10_000))).toBe(MASK)
})

test("looks at a long text only so long, and then hides everything", () => {
  for (const [secret, link] of [
    [`${fill("a", 15)}b`, "a"],
    ["&secret", "&"],
    ["a", "a"]
  ] as const) {
    const mask = makeMasker([secret])
    const [short, long] = [fill(link, 100_000), fill(link, 2_500_000)]
    expect([link, mask(short) === short, mask(long)]).toEqual([link, true, MASK])
  }
})

test("still hides no more than the secret in a long text that seldom looks like it", () => {
  const text = fill("A menu & its dishes. ", 3_000_000)
  expect(makeMasker(["Sesame & 1"])(`${text}Sesame &amp; 1`) === text + MASK).toBe(true)
})

const hexOf = (char: string) => char.charCodeAt(0).toString(16).padStart(4, "0")

/** Every way in which a character is written. */
const spellingsOf = (char: string): ReadonlyArray<string> => {
  const inJson = JSON.stringify(char).slice(1, -1)
  return [
    char,
    inJson,
    JSON.stringify(inJson).slice(1, -1),
    `\\u${hexOf(char)}`,
    `\\\\\\u${hexOf(char).toUpperCase()}`,
    encodeURIComponent(char),
    ...(char < "\u0080" ? [`%${hexOf(char).slice(2)}`, `%${hexOf(char).slice(2).toUpperCase()}`] : []),
    encodeURIComponent(char).toLowerCase(),
    new URLSearchParams({ q: char }).toString().slice(2),
    Bun.escapeHTML(char),
    `&#${char.charCodeAt(0)};`,
    `&#X000${hexOf(char)};`
  ]
}

/** Also what other spellings are made of. */
const anyChar = fc.constantFrom(..."\\\"'/&<>%+#;- \n\r\tnrtu0026x5caäß€\u00a0")
const anySecret = fc.string({ unit: anyChar, minLength: 5, maxLength: 12 })
const spelled = (secret: string) =>
  fc.tuple(...[...secret].map((char) => fc.constantFrom(...spellingsOf(char)))).map((all) => all.join(""))

test("hides a secret in every mixture of spellings", () => {
  const spelledSecret = anySecret.chain((secret) => fc.tuple(fc.constant(secret), spelled(secret)))
  fc.assert(
    fc.property(spelledSecret, ([secret, text]) => {
      expect(makeMasker([secret])(`(${text})`)).toBe(`(${MASK})`)
    }),
    { numRuns: 2_000 }
  )
})

test("hides secrets that overlap as one", () => {
  expect(makeMasker(["hunter2", "2-is-mine"])("hunter2-is-mine, hunter2")).toBe(`${MASK}, ${MASK}`)
})

test("hides no more than the secret in a long text, also when secrets in base64 begin with every letter", () => {
  const secrets = Array.from({ length: 300 }, (_, index) => Bun.SHA256.hash(`${index}`, "base64").slice(0, 16))
  const mask = makeMasker(secrets)
  const page = fill('<a href="https://portal.example/dishes/17">Pizza Margherita</a> <b>12.50</b>\n', 8_000_000)
  const file = Array.from({ length: 60_000 }, (_, index) => Bun.SHA384.hash(`${index}`, "base64")).join("")

  for (const text of [page, file]) expect(mask(`${text}${secrets[7]}`) === text + MASK).toBe(true)
})
