/** Mail settings as people write them. */
import { Schema } from "effect"

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
  Schema.makeFilter((text: string) =>
    URL.canParse(text) && /^smtps?:$/u.test(new URL(text).protocol) && new URL(text).hostname !== ""
      ? true
      : "must be an smtp:// or smtps:// URL"
  )
)
