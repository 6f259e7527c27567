/**
 * Where webhooks may go. Whoever may make one must not reach through it what only this server can reach: other machines
 * of its network, its own ports, the metadata service of its cloud. Everything is refused that is not plainly a public
 * address, unless the setting names it.
 */
import ipaddr from "ipaddr.js"

/** What `CALLBOARD_WEBHOOK_PRIVATE_ADDRESSES` allows: names, single addresses, ranges, or everything. */
export interface AllowedAddresses {
  readonly everything: boolean
  readonly names: ReadonlySet<string>
  readonly ranges: ReadonlyArray<[ipaddr.IPv4 | ipaddr.IPv6, number]>
}

export const NOTHING_PRIVATE: AllowedAddresses = { everything: false, names: new Set(), ranges: [] }

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/u

const rangeOf = (text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] | undefined => {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text)
  if (!ipaddr.IPv6.isValid(text) && !ipaddr.IPv4.isValidFourPartDecimal(text)) return undefined
  const address = ipaddr.parse(text)
  return [address, address.kind() === "ipv4" ? 32 : 128]
}

/** Undefined when a part of the list is none of these. */
export const parseAllowed = (text: string): AllowedAddresses | undefined => {
  const parts = text.split(",").map((part) => part.trim().toLowerCase())
  const names = new Set<string>()
  const ranges: Array<[ipaddr.IPv4 | ipaddr.IPv6, number]> = []
  let everything = false
  for (const part of parts) {
    const range = rangeOf(part)
    if (part === "all") everything = true
    else if (range !== undefined) ranges.push(range)
    // What looks like a number is no name, but an address that was mistyped.
    else if (HOST_NAME.test(part) && !/^[\d.]+$/u.test(part)) names.add(part)
    else return undefined
  }
  return { everything, names, ranges }
}

/** Networks inside IPv6's public range are told by the library; outside of it nothing is public. */
const IPV6_PUBLIC = ipaddr.parseCIDR("2000::/3")

/** Public in every table that there is: `unicast` is what the library calls an address without a special purpose. */
const isPublic = (address: ipaddr.IPv4 | ipaddr.IPv6): boolean => {
  if (address.range() !== "unicast") return false
  return address.kind() === "ipv4" || address.match(IPV6_PUBLIC)
}

/** `::ffff:10.0.0.1` goes to 10.0.0.1, and is judged as that. */
const parsed = (text: string) => (ipaddr.isValid(text) ? ipaddr.process(text) : undefined)

const isInRange = (address: ipaddr.IPv4 | ipaddr.IPv6, [base, bits]: [ipaddr.IPv4 | ipaddr.IPv6, number]) =>
  address.kind() === base.kind() && address.match(base, bits)

const plainName = (name: string) => name.toLowerCase().replace(/\.$/u, "")

/** Whether the setting names it. */
export const isNamed = (name: string, address: string, allowed: AllowedAddresses): boolean => {
  const at = parsed(address)
  if (allowed.everything || allowed.names.has(plainName(name))) return true
  return at !== undefined && allowed.ranges.some((range) => isInRange(at, range))
}

/** Whether something may be posted to this address, which is what the name was resolved to. */
export const mayReach = (name: string, address: string, allowed: AllowedAddresses): boolean => {
  const at = parsed(address)
  return at !== undefined && (isPublic(at) || isNamed(name, address, allowed))
}

/** An address that stands in a URL, without the brackets of IPv6. */
export const literalOf = (hostname: string): string | undefined => {
  const text = hostname.replace(/^\[|\]$/gu, "")
  return ipaddr.isValid(text) ? text : undefined
}
