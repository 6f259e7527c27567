import { expect, test } from "bun:test"
import { makeMasker, shorten } from "../../src/runtime/Masker.ts"

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
