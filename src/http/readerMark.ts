/** By which a page knows for whom it was made, and a server whether that is who asks now: one browser may sign in anew. */
import type { Context } from "hono"
import type { Caller } from "../domain/Caller.ts"
import { personOf } from "./callerOf.ts"

const READER_HEADER = "Callboard-Reader"
export const READER_FIELD = "reader"

const MARK_LENGTH = 16

/** None without a sign-in: there is nobody else then. It is no proof of anything, and tells nothing of who it is. */
export const readerMark = (person: Caller | undefined): string | undefined =>
  person === undefined || person.via === "local"
    ? undefined
    : new Bun.CryptoHasher("sha256")
        .update(JSON.stringify([person.organisationId, person.subject]))
        .digest("base64url")
        .slice(0, MARK_LENGTH)

/** Of a form that brings a file the address says it: its body is read only as it is kept. */
const markOfForm = async ({ req }: Context): Promise<unknown> => {
  const type = req.method === "POST" ? req.header("Content-Type")?.toLowerCase() : undefined
  if (type?.startsWith("multipart/form-data")) return req.query(READER_FIELD)
  if (!type?.startsWith("application/x-www-form-urlencoded")) return undefined
  return (await req.formData().catch(() => new FormData())).get(READER_FIELD)
}

/** The page that sends this was made for somebody else. */
export const isOthersPage = async (c: Context): Promise<boolean> => {
  const person = personOf(c)
  if (person === undefined) return false
  const sent = c.req.header(READER_HEADER) ?? (await markOfForm(c))
  return typeof sent === "string" && sent !== "" && sent !== readerMark(person)
}
