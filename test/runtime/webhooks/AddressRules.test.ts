import { expect, test } from "bun:test"
import { mayReach, NOTHING_PRIVATE, parseAllowed } from "../../../src/runtime/webhooks/AddressRules.ts"
import { urlRefusal } from "../../../src/runtime/webhooks/checkWebhookUrl.ts"

const NOT_PUBLIC = [
  "0.0.0.0",
  "0.1.2.3",
  "10.0.0.1",
  "100.64.0.1",
  "127.0.0.1",
  "127.255.255.254",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.1",
  "192.0.2.1",
  "192.168.1.1",
  "198.18.0.1",
  "198.51.100.7",
  "203.0.113.7",
  "224.0.0.1",
  "239.255.255.255",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::7f00:1",
  "::ffff:127.0.0.1",
  "::ffff:10.0.0.1",
  "::ffff:a9fe:a9fe",
  "64:ff9b::7f00:1",
  "64:ff9b:1::a00:1",
  "100::1",
  "2001::1",
  "2001:db8::1",
  "2002:7f00:1::1",
  "fc00::1",
  "fd00:ec2::254",
  "fe80::1",
  "fec0::1",
  "ff02::1",
  "not an address",
  ""
]

test.each(NOT_PUBLIC)("keeps away from %p", (address) => {
  expect(mayReach("hooks.example.com", address, NOTHING_PRIVATE)).toBe(false)
})

test.each(["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"])("reaches %s", (address) => {
  expect(mayReach("hooks.example.com", address, NOTHING_PRIVATE)).toBe(true)
})

test("reaches what the setting names, by name, address, range or as a whole, and nothing beside it", () => {
  const allowed = parseAllowed("Hooks.internal, 10.1.0.0/16, fd00::/8, 192.168.7.7")!

  expect(mayReach("hooks.internal", "10.9.9.9", allowed)).toBe(true)
  expect(mayReach("hooks.internal.", "10.9.9.9", allowed)).toBe(true)
  expect(mayReach("other.internal", "10.1.2.3", allowed)).toBe(true)
  expect(mayReach("other.internal", "::ffff:10.1.2.3", allowed)).toBe(true)
  expect(mayReach("other.internal", "fd12::1", allowed)).toBe(true)
  expect(mayReach("other.internal", "192.168.7.7", allowed)).toBe(true)
  for (const address of ["10.2.0.1", "192.168.7.8", "127.0.0.1"]) {
    expect(mayReach("evil.hooks.internal", address, allowed)).toBe(false)
  }
  expect(mayReach("x", "169.254.169.254", parseAllowed("all")!)).toBe(true)
})

test("takes no list with something in it that is none of these", () => {
  for (const text of ["10.0.0.0/33", "1.2.3", "http://x", "a b", "10.0.0.1,,", "*"]) {
    expect(parseAllowed(text)).toBeUndefined()
  }
})

test.each([
  "hooks.example.com",
  "ftp://hooks.example.com/",
  "file:///etc/passwd",
  "http://hooks.example.com/",
  "https://user:password@hooks.example.com/",
  "https://user@hooks.example.com/",
  "https://hooks.example.com/#part",
  "https://hooks.example.com:22/",
  "https://hooks.example.com:25/",
  "https://hooks.example.com:6667/",
  "https://localhost/",
  "https://LOCALHOST./",
  "https://db.internal/",
  "https://printer.local:8443/",
  "https://127.0.0.1/",
  "https://127.1/",
  "https://2130706433/",
  "https://0x7f000001/",
  "https://0177.0.0.1/",
  "https://[::1]/",
  "https://[::ffff:127.0.0.1]/",
  "https://[64:ff9b::10.0.0.1]/",
  "https://169.254.169.254/latest/meta-data/",
  "https://①②⑦.0.0.1/"
])("refuses %p", (url) => {
  expect(urlRefusal(url, NOTHING_PRIVATE)).toBeString()
})

test("takes https with the usual ports, and http only where the setting names the host", () => {
  for (const url of ["https://hooks.example.com/a?b=c", "https://hooks.example.com:8443/", "https://8.8.8.8/"]) {
    expect(urlRefusal(url, NOTHING_PRIVATE)).toBeUndefined()
  }
  const allowed = parseAllowed("hooks.internal")!
  expect(urlRefusal("http://hooks.internal/", allowed)).toBeUndefined()
  expect(urlRefusal("http://hooks.example.com/", allowed)).toBeString()
  expect(urlRefusal("https://user:pw@hooks.internal/", parseAllowed("all")!)).toBeString()
})
