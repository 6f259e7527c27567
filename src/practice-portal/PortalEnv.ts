/** What the portal's routes share: the stores, and what the middleware learned about a request. */
import type { Context } from "hono"
import type { Stores } from "./data/Stores.ts"

export interface Portal extends Stores {
  /** Where the portal is mounted: `/practice`, or empty at the root. */
  readonly base: string
}

export interface PortalEnv {
  Variables: {
    /** The path below `base`: `/menu`. */
    path: string
    /** The restaurant that the request is about; empty when nobody is signed in. */
    restaurant: string
    /** Whether a live session says so. */
    signedIn: boolean
  }
}

export type PortalContext = Context<PortalEnv>

export type Form = Readonly<Record<string, ReadonlyArray<string>>>

/** The posted fields. A body that is no form, or a broken one, is an empty form; files are ignored. */
export const readForm = async (c: PortalContext): Promise<Form> => {
  const body = await c.req.parseBody({ all: true }).catch(() => ({}))
  const texts = (value: unknown) => [value].flat().filter((part) => typeof part === "string")
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, texts(value)]))
}

/** The first value of a field with outer and repeated blanks removed; empty when it is missing. */
export const field = (form: Form, name: string): string => (form[name]?.[0] ?? "").trim().replace(/\s+/gu, " ")

export const cookieOptions = (c: PortalContext, base: string) =>
  ({
    path: base || "/",
    httpOnly: true,
    sameSite: "Lax",
    secure: new URL(c.req.url).protocol === "https:"
  }) as const
