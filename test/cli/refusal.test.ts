import { expect, test } from "bun:test"
import { refusalOf } from "../../src/cli/refusal.ts"
import { CallboardError } from "../../src/client/CallboardError.ts"

const URL_OF = "http://jobs.example.com"

/** As `fetch` of Bun says it. */
const failed = (code: string, message: string) => Object.assign(new TypeError(message), { code })

const lost = (cause: unknown) => new CallboardError(0, { title: "Callboard cannot be reached" }, { cause })

const cases: ReadonlyArray<readonly [name: string, cause: unknown, says: string]> = [
  [
    "nobody listens",
    lost(failed("ECONNREFUSED", "ECONNREFUSED: Unable to connect.")),
    `Callboard does not answer at ${URL_OF}. Start it, or set CALLBOARD_URL to where it is.`
  ],
  [
    "the name is wrong",
    lost(failed("ENOTFOUND", "getaddrinfo ENOTFOUND jobs.example.com")),
    `Callboard cannot be reached at ${URL_OF}: getaddrinfo ENOTFOUND jobs.example.com (ENOTFOUND).`
  ],
  [
    "the certificate is not trusted",
    lost(failed("DEPTH_ZERO_SELF_SIGNED_CERT", "self signed certificate")),
    `Callboard cannot be reached at ${URL_OF}: self signed certificate (DEPTH_ZERO_SELF_SIGNED_CERT).`
  ],
  [
    "the scheme is wrong",
    lost(failed("EPROTO", "EPROTO: The TLS handshake failed. Does the server speak TLS on this port?")),
    `Callboard cannot be reached at ${URL_OF}: The TLS handshake failed (EPROTO).`
  ],
  [
    "a page answers",
    lost(new SyntaxError("JSON Parse error")),
    `What answers at ${URL_OF} is not Callboard. Set CALLBOARD_URL to where it is.`
  ],
  [
    "nothing comes",
    lost(new DOMException("The operation timed out.", "TimeoutError")),
    `Callboard did not answer at ${URL_OF} in time.`
  ],
  [
    "another program refuses",
    new CallboardError(404, {}),
    `${URL_OF} answers HTTP 404, and not as Callboard does. Is CALLBOARD_URL right, and Callboard up behind it?`
  ],
  [
    "a value is wrong, which is repeated",
    new CallboardError(422, {
      title: "The request is not valid",
      code: "VALIDATION_FAILED",
      errors: [{ path: "input.name", message: "Expected \u001b[31m" }]
    }),
    "The request is not valid\n  input.name: Expected \\u001b[31m"
  ]
]

for (const [name, cause, says] of cases) {
  test(`says what to do when ${name}`, () => {
    expect(refusalOf(URL_OF, {})(cause).message).toBe(says)
  })
}

const REFUSED = lost(failed("ECONNREFUSED", "ECONNREFUSED: Unable to connect."))

test("names the proxy on the way, without what it is set to", () => {
  const environment = { HTTP_PROXY: "http://u:secret@proxy:3128", https_proxy: "http://proxy:3129" }

  expect(refusalOf(URL_OF, environment)(REFUSED).message).toEndWith(
    " HTTP_PROXY is set: the way there is through that proxy, unless NO_PROXY names the host."
  )
  expect(refusalOf(URL_OF, environment)(new CallboardError(502, {})).message).toContain("HTTP_PROXY is set")
  expect(refusalOf("https://jobs.example.com", environment)(REFUSED).message).toContain("https_proxy is set")
  expect(refusalOf("http://127.0.0.1:3000", environment)(REFUSED).message).not.toContain("proxy")
})

test("keeps a password in the address to itself", () => {
  for (const cause of [REFUSED, new CallboardError(404, {}), lost(new SyntaxError("JSON Parse error"))]) {
    expect(refusalOf("http://ada:se@cret@jobs.example.com", {})(cause).message).toContain("http://jobs.example.com")
    expect(refusalOf("http://ada:se@cret@jobs.example.com", {})(cause).message).not.toMatch(/ada|cret/u)
  }
})
