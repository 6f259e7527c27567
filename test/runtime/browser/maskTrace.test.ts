import { expect, test } from "bun:test"
import { strFromU8, strToU8, unzipSync, zipSync } from "fflate"
import { maskTrace } from "../../../src/runtime/browser/maskTrace.ts"

const masked = (entries: Record<string, string | Uint8Array>, secrets: ReadonlyArray<string> = []) => {
  const zip = zipSync(
    Object.fromEntries(
      Object.entries(entries).map(([name, data]) => [name, typeof data === "string" ? strToU8(data) : data])
    )
  )
  return unzipSync(new Uint8Array(Buffer.concat([...maskTrace(zip, secrets)])))
}

const linesOf = (entry: Uint8Array | undefined) =>
  strFromU8(entry!)
    .split("\n")
    .map((line) => JSON.parse(line))

test("hides a known secret in every entry, however it is written there", () => {
  const secret = 'p&ss "w/rd"'
  const actions = [
    { method: "fill", params: { value: secret } },
    { type: "log", message: `fill(${JSON.stringify(secret)})` }
  ]

  const found = masked(
    {
      "trace.trace": actions.map((action) => JSON.stringify(action)).join("\n"),
      "resources/form.dat": new URLSearchParams({ pw: secret }).toString(),
      "resources/page.html": "<b>p&amp;ss &quot;w/rd&quot;</b>",
      "resources/body.json": JSON.stringify({ said: secret }).replaceAll("/", "\\/").replaceAll("&", "\\u0026"),
      "resources/upload.bin": Buffer.concat([Buffer.from([0xff, 0xfe, 0]), Buffer.from(secret), Buffer.from([0x80])])
    },
    [secret]
  )

  expect(linesOf(found["trace.trace"])).toEqual([
    { method: "fill", params: { value: "••••" } },
    { type: "log", message: 'fill("••••")' }
  ])
  expect(strFromU8(found["resources/form.dat"]!)).toBe("pw=••••")
  expect(strFromU8(found["resources/page.html"]!)).toBe("<b>••••</b>")
  expect(strFromU8(found["resources/body.json"]!)).toBe('{"said":"••••"}')
  const upload = Buffer.concat([Buffer.from([0xff, 0xfe, 0]), Buffer.from("••••"), Buffer.from([0x80])])
  expect(Buffer.from(found["resources/upload.bin"]!)).toEqual(upload)
})

test("hides cookies, tokens and headers of authorization, also where they come up again", () => {
  const network = {
    request: {
      url: "https://example.com/?access_token=tok-0123456789&page=2",
      cookies: [{ name: "sid", value: "cookie-0123456789" }],
      headers: [
        { name: "Cookie", value: "sid=cookie-0123456789" },
        { name: "Authorization", value: "Bearer bearer-0123456789" },
        { name: "Accept", value: "text/html" }
      ],
      queryString: [{ name: "access_token", value: "tok-0123456789" }]
    }
  }

  const found = masked({
    "trace.network": JSON.stringify(network),
    "resources/a.json": '{"refresh_token":"fresh-0123456789","page":2}',
    "resources/a.html": "cookie-0123456789 bearer-0123456789 fresh-0123456789 page"
  })

  expect(linesOf(found["trace.network"])).toEqual([
    {
      request: {
        url: "https://example.com/?access_token=••••&page=2",
        cookies: [{ name: "sid", value: "••••" }],
        headers: [
          { name: "Cookie", value: "••••" },
          { name: "Authorization", value: "••••" },
          { name: "Accept", value: "text/html" }
        ],
        queryString: [{ name: "access_token", value: "••••" }]
      }
    }
  ])
  expect(strFromU8(found["resources/a.json"]!)).toBe('{"refresh_token":"••••","page":2}')
  expect(strFromU8(found["resources/a.html"]!)).toBe("•••• •••• •••• page")
})

test("hides what a page's password fields hold, and nothing of other fields", () => {
  const field = (attributes: object) => ["INPUT", { __playwright_value_: "typed-by-hand", ...attributes }]
  const html = [
    "FORM",
    {},
    field({ type: "password" }),
    field({ autocomplete: "one-time-code" }),
    ["INPUT", { value: "pizza" }]
  ]

  const found = masked({
    "trace.trace": `${JSON.stringify({ type: "frame-snapshot", snapshot: { html } })}\n${JSON.stringify({ params: { value: "typed-by-hand" } })}`
  })

  expect(strFromU8(found["trace.trace"]!)).not.toContain("typed-by-hand")
  expect(strFromU8(found["trace.trace"]!)).toContain("pizza")
})

test("names files of the project without where it is", () => {
  const found = masked({ "trace.stacks": JSON.stringify({ files: [`${process.cwd()}/src/main.ts`] }) })

  expect(linesOf(found["trace.stacks"])).toEqual([{ files: ["src/main.ts"] }])
})

test("gives a trace with nothing to hide back as it was", () => {
  const picture = crypto.getRandomValues(new Uint8Array(50_000))
  const lines = Array.from({ length: 20_000 }, (_, n) => JSON.stringify({ n, text: "the same words again" })).join("\n")

  const found = masked({ "trace.trace": lines, "resources/a.png": picture }, ["never-in-there"])

  expect(strFromU8(found["trace.trace"]!)).toBe(lines)
  expect(found["resources/a.png"]).toEqual(picture)
})
