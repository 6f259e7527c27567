/**
 * What every answer tells browsers, whoever made it: a page, a file, an error, a mounted app. Nothing in it may run, be
 * framed or be guessed at, unless the answer itself says more.
 */
import { createMiddleware } from "hono/factory"

const headers = Object.entries({
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff"
})

export const baseHeaders = createMiddleware(async (c, next) => {
  await next()
  const answer = c.res.headers
  for (const [name, value] of headers) if (!answer.has(name)) answer.set(name, value)
})
