import { expect, test } from "bun:test"
import { Hono } from "hono"
import { clientAddress, keepAddress } from "../../../src/http/limits/clientAddress.ts"

const addressOf = async (socket: string, trusted = 0, forwarded?: string) => {
  const app = new Hono().use(keepAddress(trusted)).get("/", (c) => c.text(clientAddress(c)))
  const headers = forwarded === undefined ? {} : { "X-Forwarded-For": forwarded }
  return (await app.request("/", { headers }, { requestIP: () => ({ address: socket }) })).text()
}

test("it believes no header unless told how many proxies there are", async () => {
  expect(await addressOf("10.0.0.1", 0, "203.0.113.9")).toBe("10.0.0.1")
  expect(await addressOf("10.0.0.1", 1, "203.0.113.9")).toBe("203.0.113.9")
})

test("it takes the entry of the farthest proxy that is trusted, not what the client wrote before it", async () => {
  expect(await addressOf("10.0.0.1", 1, "1.1.1.1, 203.0.113.9")).toBe("203.0.113.9")
  expect(await addressOf("10.0.0.1", 2, "1.1.1.1, 203.0.113.9, 10.0.0.2")).toBe("203.0.113.9")
})

test("it takes the socket where the header is missing or too short", async () => {
  expect(await addressOf("10.0.0.1", 1)).toBe("10.0.0.1")
  expect(await addressOf("10.0.0.1", 3, "203.0.113.9")).toBe("10.0.0.1")
})

test("it takes the address of an entry that names the port as well, and of one in brackets", async () => {
  expect(await addressOf("10.0.0.1", 1, "203.0.113.7:4711")).toBe("203.0.113.7")
  expect(await addressOf("10.0.0.1", 1, "[2001:db8::1]:443")).toBe("2001:db8:0:0::/64")
  expect(await addressOf("10.0.0.1", 1, "[2001:db8::2]")).toBe("2001:db8:0:0::/64")
  expect(await addressOf("10.0.0.1", 1, "[::ffff:192.0.2.7]:443")).toBe("192.0.2.7")
})

test("it counts a network of version 6 as one, and version 4 by address however it is written", async () => {
  expect(await addressOf("2001:db8:1:2:aaaa::1")).toBe("2001:db8:1:2::/64")
  expect(await addressOf("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1:2::/64")
  expect(await addressOf("2001:db8::1")).toBe("2001:db8:0:0::/64")
  expect(await addressOf("::ffff:192.0.2.7")).toBe("192.0.2.7")
})
