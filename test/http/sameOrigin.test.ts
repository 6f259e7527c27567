import { expect, test } from "bun:test"
import { Hono } from "hono"
import type { KnownHosts } from "../../src/domain/Reach.ts"
import { problemResponse } from "../../src/http/errorResponse.ts"
import { sameOrigin } from "../../src/http/sameOrigin.ts"

const app = new Hono()
  .use(sameOrigin({ refuse: (_, problem) => problemResponse(problem) }))
  .all("*", (c) => c.text("in"))

const answers = async (hosts: KnownHosts, Host: string, headers: Record<string, string> = {}) => {
  const refuse = (_: unknown, problem: Parameters<typeof problemResponse>[0]) => problemResponse(problem)
  const known = new Hono().use(sameOrigin({ hosts, refuse })).all("*", (c) => c.text("in"))
  const response = await known.request("http://localhost/jobs", { method: "POST", headers: { Host, ...headers } })
  return response.ok
}

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

test("answers under its public name and its own addresses where others reach it", async () => {
  const hosts = { bound: "0.0.0.0", publicUrl: new URL("https://jobs.example.com") }

  for (const host of ["jobs.example.com", "JOBS.example.com:443", "10.1.2.3:3000", "[fd00::1]", "localhost"]) {
    expect([host, await answers(hosts, host)]).toEqual([host, true])
  }
  for (const host of ["evil.example", "jobs.example.com.evil.example", "x.jobs.example.com"]) {
    expect([host, await answers(hosts, host)]).toEqual([host, false])
  }
})

test("answers under the one address it listens on, and under any name where no name is known to be right", async () => {
  expect(await answers({ bound: "10.1.2.3" }, "10.1.2.3:3000")).toBe(true)
  expect(await answers({ bound: "10.1.2.3" }, "10.1.2.4:3000")).toBe(false)
  expect(await answers({ bound: "10.1.2.3" }, "jobs.internal")).toBe(false)
  expect(await answers({ bound: "::" }, "jobs.internal")).toBe(true)
})

test("takes the origin of its public address from a proxy that asks under another name", async () => {
  const hosts = { bound: "127.0.0.1", publicUrl: new URL("https://jobs.example.com") }

  expect(await answers(hosts, "127.0.0.1:3000", { Origin: "https://jobs.example.com" })).toBe(true)
  expect(await answers(hosts, "127.0.0.1:3000", { Origin: "https://evil.example" })).toBe(false)
})

test("takes no password for a key: browsers send it along themselves", async () => {
  const headers = { Authorization: "Basic YTpi", Origin: "https://evil.example" }

  expect(await codeOf(headers)).toBe("CROSS_SITE_REQUEST")
})

test("lets programs with a key call from anywhere: no page of another site can send one", async () => {
  const headers = { Authorization: "Bearer cb_x", Origin: "https://app.example.com", "Sec-Fetch-Site": "cross-site" }

  expect(await codeOf(headers)).toBe("in")
})
