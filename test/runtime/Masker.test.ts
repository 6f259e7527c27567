import { expect, test } from "bun:test"
import {
  hiddenTexts,
  makeKeptMasker,
  makeLearningMasker,
  makeMasker,
  maskJson,
  shorten
} from "../../src/runtime/Masker.ts"

test("hides a secret however it is spelled, the longest first", () => {
  const mask = makeMasker(["a&b", 'say "hi"', "say"])

  expect(mask('/?p=a%26b {"q":"say \\"hi\\""} a&b')).toBe('/?p=•••• {"q":"••••"} ••••')
})

test("hides a secret as forms, HTML and careful JSON spell it", () => {
  const secret = "it's <a/b> & c"
  const mask = makeMasker([secret])
  const written = [
    new URLSearchParams({ q: secret }).toString().slice(2),
    encodeURIComponent(secret).toLowerCase(),
    "it&#39;s &lt;a/b&gt; &amp; c",
    "it\\u0027s \\u003ca/b\\u003e \\u0026 c",
    "it's <a\\/b> & c",
    // Several at once, and JSON inside JSON.
    "it's \\u003ca/b> &amp; c",
    "it\\\\u0027s <a\\\\/b>+&#38;+c"
  ]

  for (const spelling of written) expect(mask(`(${spelling})`)).toBe("(••••)")
})

test("hides a secret of several lines", () => {
  const mask = makeMasker(["line 1\nC:\\2"])

  expect(mask('line 1\nC:\\2 {"a":"line 1\\nC:\\\\2"} line+1%0aC%3A%5C2')).toBe('•••• {"a":"••••"} ••••')
})

test("leaves words whole when the secret is short", () => {
  expect(makeMasker(["a"])("a Margherita (a)")).toBe("•••• Margherita (••••)")
})

test("makes every text one that can be stored", () => {
  expect(makeMasker([])("a\u0000b\ud800")).toBe("a\ufffdb\ufffd")
  expect(shorten("xx😀", 3)).toBe("xx")
})

test("hides what it learned later, also for those who have had it from the start", () => {
  const { known, learn, mask } = makeLearningMasker()
  const before = mask("password and 731905")
  learn(["password"])
  learn(["731905"])

  expect(before).toBe("password and 731905")
  expect(mask("password and 731905")).toBe("•••• and ••••")
  expect(known()).toEqual(["password", "731905"])
})

test("hides a secret in every place of a JSON value, and leaves the rest as it is", () => {
  const mask = makeMasker(["731905"])

  expect(maskJson(mask, { "731905": [null, true, 731905, 7319051, "is 731905", { deep: "731905" }] })).toEqual({
    "••••": [null, true, "••••", 7319051, "is ••••", { deep: "••••" }]
  })
})

test("hides a learned secret also without the space around it", () => {
  const { learn, mask } = makeLearningMasker()
  learn([" hunter2 \n", "  "])

  expect(mask("It is hunter2, or ' hunter2 \n'.")).toBe("It is ••••, or '••••'.")
})

/** As libraries quote it, behind and before other bytes. */
const around = ["", "o", "ow", "owner:"].flatMap((before) => ["", "\n", "&&"].map((after) => [before, after] as const))

test("hides a secret in base64 and in hex, wherever in the bytes it stands", () => {
  for (const secret of ["Hunter2-Portal", "passwörd?>~ÿÿ", "12345678"]) {
    const mask = makeMasker([secret])
    for (const [before, after] of around) {
      const bytes = Buffer.from(before + secret + after)
      for (const encoding of ["base64", "base64url"] as const) {
        const shown = mask(`Basic ${bytes.toString(encoding)}.`)
        const left = Buffer.from(shown.replace("Basic ", "").replaceAll("•", ""), encoding).toString("latin1")
        expect(shown).toContain("••••")
        expect(left).not.toContain(secret.slice(2, 5))
      }
      const hex = bytes.toString("hex")
      for (const written of [hex, hex.toUpperCase()]) {
        expect(mask(written).replaceAll(/[^•]/gu, "")).toBe("••••")
      }
    }
  }
})

test("hides a secret whose letters are written as in a URL, in HTML or in JSON", () => {
  const mask = makeMasker(["Margherita1"])

  expect(mask("%4d%41%72gherita1 %4dargherita%31 &#77;argherita1 \\u004dargherita1")).toBe(
    "%4d%41%72gherita1 •••• •••• ••••"
  )
})

test("looks for no short secret in base64 or hex, where a few characters stand by chance", () => {
  const mask = makeMasker(["menu123"])

  expect(mask(`${Buffer.from("menu123").toString("base64")} 6d656e75313233`)).toBe("bWVudTEyMw== 6d656e75313233")
})

const secretsOf = (count: number, length: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, index) =>
    Bun.SHA512.hash(`${index}`, "hex")
      .repeat(length / 100)
      .slice(0, length)
  )

const total = (texts: ReadonlyArray<string>): number => texts.reduce((sum, { length }) => sum + length, 0)

test("looks for as much in base64 and hex as it can without stopping the worker, the shortest first", () => {
  for (const secrets of [secretsOf(250, 4_000), secretsOf(10_000, 90), [secretsOf(5_000, 90).join("\n")]]) {
    const plain = total(secrets.flatMap((secret) => [secret, ...(secret.includes("\n") ? secret.split("\n") : [])]))
    expect(total(hiddenTexts(secrets)) - plain).toBeLessThan(80_000)
  }
  const [long, password] = ["long-".repeat(800), "Hunter2-Portal"]
  const mask = makeMasker([long, ...secretsOf(10, 4_000), password])
  expect(mask(Buffer.from(password).toString("hex"))).toBe("••••")
})

test("looks for the lines of a key one by one in base64 only where the whole key is not looked for", () => {
  const lines = ["-----BEGIN KEY-----", "c2VjcmV0LW9mLXRoZS1rZXk"]
  const hex = Buffer.from(lines[1]!).toString("hex")

  expect(hiddenTexts([lines.join("\n")])).not.toContain(hex)
  expect(hiddenTexts([[...lines, "x".repeat(5_000)].join("\n")])).toContain(hex)
})

test("makes a masker again only when there are other secrets", () => {
  const maskerOf = makeKeptMasker()
  const first = maskerOf(["Hunter2-Portal"])

  expect(maskerOf([])("a\u0000 Hunter2-Portal")).toBe("a\ufffd Hunter2-Portal")
  const again = maskerOf(["Hunter2-Portal"])
  expect(first("Hunter2-Portal")).toBe("••••")
  expect(maskerOf(["Hunter2-Portal"])).toBe(again)
  expect(maskerOf(["Hunter3-Portal"])("Hunter2-Portal Hunter3-Portal")).toBe("Hunter2-Portal ••••")
})
