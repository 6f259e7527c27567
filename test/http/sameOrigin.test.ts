import { expect, test } from "bun:test"
import { Hono } from "hono"
import { problemResponse } from "../../src/http/errorResponse.ts"
import { sameOrigin } from "../../src/http/sameOrigin.ts"

const app = new Hono()
  .use(sameOrigin({ refuse: (_, problem) => problemResponse(problem) }))
  .all("*", (c) => c.text("in"))

const codeOf = async (headers: Record<string, string>, method = "POST") => {
  const response = await app.request("http://localhost:3000/jobs", {
    method,
    headers: { Host: "localhost:3000", ...headers }
  })
  return response.ok ? "in" : ((await response.json()) as { readonly code: string }).code
}

test("lets in what is no browser", async () => {
  expect(await codeOf({})).toBe("in")
})

test("lets in our own pages, and people who type an address", async () => {
  expect(await codeOf({ Origin: "http://localhost:3000", "Sec-Fetch-Site": "same-origin" })).toBe("in")
  expect(await codeOf({ "Sec-Fetch-Site": "none" })).toBe("in")
})

test("compares hosts without scheme, so that a proxy may end TLS", async () => {
  expect(await codeOf({ Host: "callboard.localhost", Origin: "https://callboard.localhost" })).toBe("in")
})

test("refuses what other sites send, with every method that changes something", async () => {
  const elsewhere: ReadonlyArray<Record<string, string>> = [
    { "Sec-Fetch-Site": "cross-site" },
    { "Sec-Fetch-Site": "same-site" },
    { "Sec-Fetch-Site": "cross-site", Origin: "http://localhost:3000" },
    { Origin: "http://evil.example" },
    { Origin: "http://localhost:3001" },
    { Origin: "http://localhost:3000.evil.example" },
    { Origin: "http://127.0.0.1:3000" },
    { Origin: "null" },
    { Origin: "" }
  ]

  for (const headers of elsewhere) {
    for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
      expect(await codeOf(headers, method)).toBe("CROSS_SITE_REQUEST")
    }
  }
})

test("lets other sites link here", async () => {
  expect(await codeOf({ "Sec-Fetch-Site": "cross-site" }, "GET")).toBe("in")
  expect(await codeOf({ "Sec-Fetch-Site": "cross-site" }, "HEAD")).toBe("in")
})

test("answers for every name of this computer", async () => {
  const names = ["localhost", "LOCALHOST:3000", "app.localhost", "127.0.0.1:3000", "127.9.8.7", "[::1]:3000"]

  for (const Host of names) expect(await codeOf({ Host }, "GET")).toBe("in")
})

test("answers for no other name, so that a page cannot point its own name here", async () => {
  const names = [
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "192.168.0.7",
    "[::2]",
    "a b",
    "@localhost"
  ]

  for (const Host of names) {
    expect(await codeOf({ Host }, "GET")).toBe("HOST_NOT_ALLOWED")
    expect(await codeOf({ Host }, "POST")).toBe("HOST_NOT_ALLOWED")
  }
})
