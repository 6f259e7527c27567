/** What each fault that is switched on makes of a request. `one-time-code` is the business of the pages that ask for it. */
import { getCookie } from "hono/cookie"
import { createMiddleware } from "hono/factory"
import type { Portal, PortalContext, PortalEnv } from "./PortalEnv.ts"
import { CaptchaPage } from "./pages/CaptchaPage.tsx"
import { PortalFailure } from "./pages/PortalFailure.tsx"
import { REGISTRATION_COOKIE, SESSION_COOKIE } from "./visits.ts"

/** The main button of each form on a page: quiet and dangerous ones have a class, and those with a name mean something. */
const MAIN_BUTTON = /(<form class="card"[^>]*>)((?:(?!<\/form>).)*?)<button type="submit">[^<]*<\/button>/gsu

/** Another label, and at the top of the form instead of its end: enough to lose a script that looks for the old one. */
const moveButtons = (html: string) => html.replace(MAIN_BUTTON, '$1<button type="submit">Apply changes</button>$2')

/**
 * Ends every connection that asks for it without an answer. A stream that fails before its first byte makes Bun close
 * the socket; without a reason it writes nothing to the log.
 */
export const droppedConnection = () =>
  new Response(new ReadableStream({ start: (controller) => controller.error() }), {
    headers: { "Content-Type": "text/html" }
  })

export const DROPPED_PATH = "/dropped"

const hasSession = (c: PortalContext) => c.get("signedIn") || getCookie(c, REGISTRATION_COOKIE) !== undefined

/** A registration that is under way is lost like a session. */
const endSession = ({ base, registrations, sessions }: Portal, c: PortalContext) => {
  const { restaurant, signedIn } = c.var
  sessions.end(getCookie(c, SESSION_COOKIE) ?? "")
  registrations.end(getCookie(c, REGISTRATION_COOKIE) ?? "")
  return c.redirect(signedIn ? `${base}/sign-in?ended=1&restaurant=${restaurant}` : `${base}/register`, 303)
}

/** Answers in place of the page when a fault that comes before it hits. */
const insteadOfPage = async (portal: Portal, c: PortalContext) => {
  const { base, faults } = portal
  const { path, restaurant } = c.var
  const slow = faults.take(restaurant, "slow", path)
  if (slow) await Bun.sleep(slow.delayMs)
  if (hasSession(c) && faults.take(restaurant, "session", path)) return endSession(portal, c)
  if (faults.take(restaurant, "captcha", path)) return c.html(CaptchaPage({ base }), 403)
  const error = faults.take(restaurant, "error", path)
  if (!error) return undefined
  if (error.retryAfterSeconds > 0) c.header("Retry-After", String(error.retryAfterSeconds))
  return c.html(PortalFailure({ base }), 500)
}

const moveButtonsOf = async ({ faults }: Portal, c: PortalContext) => {
  const { path, restaurant } = c.var
  if (!faults.all(restaurant).some(({ kind }) => kind === "moved-button")) return
  if (!c.res.headers.get("Content-Type")?.startsWith("text/html")) return
  const html = await c.res.clone().text()
  const moved = moveButtons(html)
  if (moved === html || !faults.take(restaurant, "moved-button", path)) return
  c.res = c.html(moved, c.res.status as 200)
}

/**
 * The work is done and its answer gets lost. Browsers ask again by themselves, also for a form, when a connection that
 * they used before is reset. So the answer sends them to a new one, which is then reset: they give up at once.
 */
const dropConnection = ({ base, faults }: Portal, c: PortalContext) => {
  if (!faults.take(c.get("restaurant"), "dropped-connection", c.get("path"))) return
  c.res = c.redirect(`${base}${DROPPED_PATH}`, 303)
  c.header("Connection", "close")
}

export const applyFaults = (portal: Portal) =>
  createMiddleware<PortalEnv>(async (c, next) => {
    if (c.get("restaurant") === "") return next()
    const answer = await insteadOfPage(portal, c)
    if (answer !== undefined) return answer
    await next()
    await moveButtonsOf(portal, c)
    dropConnection(portal, c)
  })
