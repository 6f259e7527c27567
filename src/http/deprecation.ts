/** What every answer of an endpoint says that will go away, also one that says what was wrong. */
import { createMiddleware } from "hono/factory"

/** Since 1 November 2026, in seconds, as RFC 9745 wants it. */
const DEPRECATION = `@${Date.UTC(2026, 10, 1) / 1_000}`

/** A year is enough for the slowest team; the date is in every answer. */
const SUNSET = new Date(Date.UTC(2027, 10, 1)).toUTCString()

const LINK = '</api/jobs>; rel="successor-version", </api/docs#registration.register>; rel="deprecation"'

export const deprecation = { deprecation: DEPRECATION, sunset: SUNSET, link: LINK }

/** Around everything that may refuse a request: whoever is refused has to know as well. */
export const sayDeprecated = createMiddleware(async (c, next) => {
  await next()
  for (const [name, value] of Object.entries(deprecation)) c.res.headers.set(name, value)
})
