/** Addresses as people are shown them: where a page was, without what its owner may keep to himself. */
import { MASK } from "../../domain/Secret.ts"

const LONGEST = 300

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/iu

/** Links that sign somebody in or reset a password carry a token as a part of their path. */
const isToken = (part: string): boolean =>
  part.length >= 24 && /\d/u.test(part) && /[a-z]/iu.test(part) && !UUID.test(part)

/** The values of a query are left out, whatever their names; so are a fragment and a user's name and password. */
export const shownUrl = (text: string): string => {
  if (!URL.canParse(text)) return ""
  const url = new URL(text)
  if (!/^https?:$/u.test(url.protocol)) return url.protocol === "about:" ? text : url.protocol
  const path = url.pathname.split("/").map((part) => (isToken(part) ? MASK : part))
  const names = [...new Set(url.searchParams.keys())].map((name) => `${isToken(name) ? MASK : name}=${MASK}`)
  return `${url.origin}${path.join("/")}${names.length > 0 ? `?${names.join("&")}` : ""}`.slice(0, LONGEST)
}

/** The same for addresses inside a sentence. */
export const withShownUrls = (text: string): string => text.replace(/https?:\/\/[^\s"'<>)]+/gu, shownUrl)
