import { expect, test } from "bun:test"
import { strFromU8, strToU8, unzipSync, zipSync } from "fflate"
import { LARGEST_BODY, maskTrace } from "../../../src/runtime/browser/maskTrace.ts"

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

test("hides short codes of secret fields, also in the calls that typed them, and breaks no number", () => {
  const call = (callId: string, method: string, params: object, attributes: object, held: string) => [
    { type: "before", callId, startTime: 1482913.5, method, params: { selector: 'internal:label="Code"i', ...params } },
    { type: "log", callId, message: `  ${method}("${Object.values(params)[0]}")` },
    {
      type: "frame-snapshot",
      snapshot: {
        callId,
        html: [
          "BODY",
          {},
          [[4, 737]],
          ["INPUT", { __playwright_value_: held, __playwright_target__: "", ...attributes }]
        ]
      }
    }
  ]
  const lines = [
    ...call("a@1", "fill", { value: "482913" }, { type: "password", autocomplete: "one-time-code" }, "482913"),
    ...call("a@2", "fill", { value: "737" }, { autocomplete: "billing cc-csc" }, "737"),
    ...call("a@3", "type", { text: "5" }, { autocomplete: "section-a one-time-code" }, "5"),
    ...call("a@4", "fill", { value: "5" }, { name: "guests" }, "5"),
    ...call("a@6", "press", { key: "6" }, { type: "password" }, ""),
    ...call("a@7", "press", { key: "Enter" }, { type: "password" }, ""),
    // Sent and gone before the page is looked at.
    ...call("a@8", "fill", { value: "gone-at-once" }, { type: "password" }, ""),
    { type: "after", callId: "a@5", result: { value: { n: 737 } }, wallTime: 1482913737 }
  ]

  const found = masked({
    "trace.trace": lines.map((line) => JSON.stringify(line)).join("\n"),
    "resources/form.dat": "code=482913&csc=737&room=7371&sent=gone-at-once"
  })

  const values = linesOf(found["trace.trace"])
  const typed = values.flatMap(({ message, params }) => params?.value ?? params?.text ?? params?.key ?? message ?? [])
  const hidden = (method: string) => ["••••", `  ${method}("••••")`]
  expect(typed).toEqual([
    ...hidden("fill"),
    ...hidden("fill"),
    ...hidden("type"),
    ...["5", '  fill("5")'],
    ...hidden("press"),
    ...["Enter", '  press("Enter")'],
    ...hidden("fill")
  ])
  const held = values.flatMap(({ snapshot }) => snapshot?.html[3][1].__playwright_value_ || [])
  expect(held).toEqual(["••••", "••••", "••••", "5"])
  expect([values[0].startTime, values[2].snapshot.html[2]]).toEqual([1482913.5, [[4, 737]]])
  expect(values.at(-1)).toMatchObject({ result: { value: { n: "••••" } }, wallTime: 1482913737 })
  expect(strFromU8(found["resources/form.dat"]!)).toBe("code=••••&csc=••••&room=7371&sent=••••")
})

test("works through a large entry in small turns, and unpacks no more of it than it works on", () => {
  const noise = () => crypto.getRandomValues(Buffer.alloc(30_000)).toString("hex")
  const lines = Array.from({ length: 60 }, (_, n) => JSON.stringify({ n, noise: noise() })).join("\n")
  const zip = zipSync({ "trace.trace": strToU8(lines) })
  // Cut off half-way, by what the directory says of it: who unpacks all of it first gets nowhere.
  const directory = Buffer.from(zip.buffer).lastIndexOf(Buffer.from([0x50, 0x4b, 1, 2]))
  new DataView(zip.buffer).setUint32(directory + 20, zip.length >> 1, true)
  let turns = 0

  const work = () => {
    for (const _ of maskTrace(zip, [])) turns++
  }

  expect(work).toThrow(/^(?:unexpected EOF|An entry of the trace is damaged\.)$/u)
  expect(turns).toBeGreaterThan(20)
})

test("leaves out a body that is too large to be rewritten in one go, and refuses what is no trace", () => {
  const found = masked({ "resources/a.css": new Uint8Array(LARGEST_BODY + 1), "resources/b.css": "b { color: red }" })

  expect(Object.keys(found)).toEqual(["resources/b.css"])
  expect(() => [...maskTrace(new Uint8Array(100), [])]).toThrow("no ZIP file")
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
