/** By which a page knows for whom it was made, and a server whether that is who asks now: one browser may sign in anew. */
import type { Context } from "hono"
import type { Caller } from "../domain/Caller.ts"
import { personOf } from "./callerOf.ts"

const READER_HEADER = "Callboard-Reader"
const READER_FIELD = "reader"

const MARK_LENGTH = 16

/** None without a sign-in: there is nobody else then. It is no proof of anything, and tells nothing of who it is. */
export const readerMark = (person: Caller | undefined): string | undefined =>
  person === undefined || person.via === "local"
    ? undefined
    : new Bun.CryptoHasher("sha256")
        .update(JSON.stringify([person.organisationId, person.subject]))
        .digest("base64url")
        .slice(0, MARK_LENGTH)

const isForm = ({ req }: Context): boolean =>
  req.method === "POST" && req.header("Content-Type")?.startsWith("application/x-www-form-urlencoded") === true

/** The page that sends this was made for somebody else. */
export const isOthersPage = async (c: Context): Promise<boolean> => {
  const person = personOf(c)
  if (person === undefined) return false
  const field = isForm(c) ? (await c.req.formData().catch(() => new FormData())).get(READER_FIELD) : null
  const sent = c.req.header(READER_HEADER) ?? field
  return typeof sent === "string" && sent !== "" && sent !== readerMark(person)
}
