/** From which address a request comes: looked up once, before anything replaces the request, and read by whoever counts. */
import type { Context, MiddlewareHandler } from "hono"

/** Hono hands Bun's server in as `env`. */
const socketAddress = ({ env, req }: Context): string | undefined => {
  const server: unknown = env
  if (typeof server !== "object" || server === null || !("requestIP" in server)) return undefined
  if (typeof server.requestIP !== "function") return undefined
  const found: unknown = server.requestIP(req.raw)
  return typeof found === "object" && found !== null && "address" in found ? String(found.address) : undefined
}

/**
 * Each proxy adds the address that it was asked from, so of `trusted` proxies the farthest one wrote the entry that many
 * places from the end. What stands before it was written by the client, and may be anything.
 */
const forwardedAddress = (header: string | undefined, trusted: number): string | undefined =>
  trusted === 0 ? undefined : withoutPort(header?.split(",").at(-trusted)?.trim() ?? "") || undefined

/** Some proxies write the port behind it: `203.0.113.7:4711`, `[2001:db8::1]:443`. */
const withoutPort = (entry: string): string =>
  (/^\[([^\]]+)\](?::\d+)?$/u.exec(entry) ?? /^([\d.]+):\d+$/u.exec(entry))?.[1] ?? entry

/** Whoever has one address of a version 6 network has all of its last 64 bits (RFC 6177). */
const networkOf = (address: string): string => {
  const mapped = /^::ffff:([\d.]+)$/iu.exec(address)?.[1]
  if (mapped !== undefined || !address.includes(":")) return mapped ?? address
  const [head = "", tail = ""] = address.split("%")[0]!.split("::")
  const before = head.split(":").filter((part) => part !== "")
  const after = tail.split(":").filter((part) => part !== "")
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => "0")
  return `${[...before, ...(address.includes("::") ? zeros : []), ...after].slice(0, 4).join(":")}::/64`
}

/**
 * Stands first: Bun knows the connection of the request that it made, and of no copy. `trusted` is how many proxies stand
 * in front.
 */
export const keepAddress =
  (trusted: number): MiddlewareHandler =>
  (c, next) => {
    const address = forwardedAddress(c.req.header("X-Forwarded-For"), trusted) ?? socketAddress(c) ?? "unknown"
    c.set("clientAddress", networkOf(address))
    return next()
  }

/** As limits count it; the same for all that cannot be told apart. */
export const clientAddress = (c: Context): string => {
  const address: unknown = c.get("clientAddress")
  return typeof address === "string" ? address : "unknown"
}
