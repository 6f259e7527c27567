/** What can be said about the address of a webhook before its name is looked up. */
import { type AllowedAddresses, literalOf, mayReach } from "./AddressRules.ts"

/** Names that mean this machine or its network, whatever they resolve to (RFC 6761, RFC 6762, RFC 8375). */
const LOCAL_NAME = /^(?:localhost|.*\.(?:localhost|local|internal|home\.arpa|lan))$/u

/** Ports of other protocols that browsers keep away from (Fetch standard, "bad port"); those below 1024 go as a whole. */
const BAD_PORTS = new Set([1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6679, 6697, 10080])

const isUsualPort = (port: number) =>
  port === 80 || port === 443 || (port >= 1024 && !BAD_PORTS.has(port) && !(port >= 6665 && port <= 6669))

const isNamedByHost = (hostname: string, allowed: AllowedAddresses) =>
  allowed.everything || allowed.names.has(hostname.toLowerCase().replace(/\.$/u, ""))

/** Why nothing may be posted there; undefined when nothing speaks against it. */
export const urlRefusal = (text: string, allowed: AllowedAddresses): string | undefined => {
  if (!URL.canParse(text)) return "Expected a URL"
  const url = new URL(text)
  const { hostname } = url
  if (url.protocol !== "https:" && url.protocol !== "http:") return "Expected an https URL"
  if (url.username !== "" || url.password !== "") {
    return "Expected a URL without user name and password: receivers check the signature"
  }
  if (url.hash !== "") return "Expected a URL without #"
  if (url.port !== "" && !isUsualPort(Number(url.port))) return "Expected another port: this one is not used for HTTP"
  const literal = literalOf(hostname)
  const isNamed = isNamedByHost(hostname, allowed)
  if (literal !== undefined && !mayReach(hostname, literal, allowed)) return PRIVATE
  if (
    literal === undefined &&
    LOCAL_NAME.test(hostname.replace(/\.$/u, "")) &&
    !isNamed &&
    allowed.ranges.length === 0
  ) {
    return PRIVATE
  }
  if (url.protocol === "http:" && !isNamed && allowed.ranges.length === 0) return "Expected an https URL"
  return undefined
}

const PRIVATE =
  "Expected a public address. Private ones are allowed by CALLBOARD_WEBHOOK_PRIVATE_ADDRESSES where Callboard runs"
