/** Why the server did not do what a command asked, as a sentence for the person who typed it. */
import { CallboardError } from "../client/CallboardError.ts"
import { isLoopback } from "../domain/Reach.ts"
import type { Environment } from "../runtime/Settings.ts"
import { visible } from "./printing.ts"
import { Refused } from "./Refused.ts"

const WITHOUT_KEY = "Set CALLBOARD_API_KEY to a key: callboard keys create makes one."

/** Nobody listens there. */
const NOBODY = new Set(["ECONNREFUSED", "ConnectionRefused"])

/** What is wrong, and below it each wrong value with its place, as the API names it: the message has the first ones only. */
const detailsOf = ({ errors, problem: { detail, title } }: CallboardError): string =>
  visible([title, detail].filter(Boolean).join(". ")) +
  errors.map(({ message, path }) => `\n  ${path === "" ? "" : `${visible(path)}: `}${visible(message)}`).join("")

const codeOf = (cause: unknown): string | undefined =>
  cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined

/** The first sentence, without the code: what follows is for programmers. */
const reasonOf = (cause: Error): string => cause.message.replace(/^[A-Z_]+: /u, "").split(/\.(?:\s|$)/u)[0]!

/** Where a name and a password stand before the host, they are nobody's to read. */
const withoutUser = (url: string): string => url.replace(/^([a-z]+:\/\/)[^/?#]*@/iu, "$1")

/** The variable that puts a proxy before the server. Its value may hold a password. */
const proxyBefore = (url: string, environment: Environment): string | undefined => {
  const { hostname, protocol } = new URL(url)
  const name = protocol === "https:" ? "https_proxy" : "http_proxy"
  return isLoopback(hostname) ? undefined : [name, name.toUpperCase()].find((each) => environment[each])
}

const withoutAnswer = (url: string, cause: unknown): string => {
  const code = codeOf(cause)
  if (code !== undefined && NOBODY.has(code)) {
    return `Callboard does not answer at ${url}. Start it, or set CALLBOARD_URL to where it is.`
  }
  if (cause instanceof SyntaxError) return `What answers at ${url} is not Callboard. Set CALLBOARD_URL to where it is.`
  if (!(cause instanceof Error)) return `Callboard cannot be reached at ${url}.`
  if (cause.name === "TimeoutError") return `Callboard did not answer at ${url} in time.`
  return `Callboard cannot be reached at ${url}: ${visible(reasonOf(cause))}${code === undefined ? "" : ` (${code})`}.`
}

/** A proxy, or something else altogether: all that Callboard refuses has a problem document. */
const isOfOther = ({ code, status }: CallboardError): boolean => code === `HTTP_${status}`

export const refusalOf =
  (address: string, environment: Environment = process.env) =>
  (cause: unknown): Refused => {
    const url = withoutUser(address)
    const proxy = proxyBefore(url, environment)
    const throughProxy =
      proxy === undefined
        ? ""
        : ` ${proxy} is set: the way there is through that proxy, unless NO_PROXY names the host.`
    if (!(cause instanceof CallboardError)) return new Refused({ message: visible(String(cause)) })
    if (cause.status === 0) return new Refused({ message: `${withoutAnswer(url, cause.cause)}${throughProxy}` })
    if (isOfOther(cause)) {
      return new Refused({
        message: `${url} answers HTTP ${cause.status}, and not as Callboard does. Is CALLBOARD_URL right, and Callboard up behind it?${throughProxy}`
      })
    }
    const hint = cause.status === 401 ? ` ${WITHOUT_KEY}` : ""
    return new Refused({ message: `${detailsOf(cause)}${hint}` })
  }
