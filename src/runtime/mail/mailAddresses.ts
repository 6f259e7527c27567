/** Mail settings as people write them. */
import { Schema } from "effect"
import { percentDecoded } from "../percentDecoded.ts"

const ADDRESS = /^[^\s@<>,;"]+@[^\s@<>,;"]+$/u

/** `ops@example.com`, `Ops <ops@example.com>`, or several with commas between them. */
const isAddressList = (text: string) =>
  text.split(",").every((part) => {
    const [, inside] = /^[^<>]*<([^<>]+)>$/u.exec(part.trim()) ?? []
    return ADDRESS.test(inside ?? part.trim())
  })

export const MailAddresses = Schema.String.check(
  Schema.makeFilter((text: string) =>
    isAddressList(text) && !/[\r\n]/u.test(text) ? true : "must be mail addresses, with commas between them"
  )
)

/** The value may hold a password, so it is never repeated. */
export const SmtpUrl = Schema.String.check(
  Schema.makeFilter((text: string) => {
    if (!URL.canParse(text)) return "must be an smtp:// or smtps:// URL"
    const { hostname, password, protocol, username } = new URL(text)
    if (!/^smtps?:$/u.test(protocol) || hostname === "") return "must be an smtp:// or smtps:// URL"
    const isWhole = [username, password].every((part) => percentDecoded(part) !== undefined)
    return isWhole || "must have %25 for each % in user and password"
  })
)
