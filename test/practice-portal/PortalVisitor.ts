/** A browser without a screen: keeps the portal's cookies and posts its forms. */
import { Hono } from "hono"
import { PRACTICE_EMAIL, PRACTICE_PASSWORD } from "../../src/practice-portal/data/Sessions.ts"
import { makePracticePortal } from "../../src/practice-portal/PracticePortal.tsx"

export const openPortal = (databasePath = ":memory:") => {
  const portal = makePracticePortal({ databasePath })
  return { ...portal, server: new Hono().route("/practice", portal.app) }
}
export type OpenPortal = ReturnType<typeof openPortal>

export const credentials = { email: PRACTICE_EMAIL, password: PRACTICE_PASSWORD }

export const makeVisitor = ({ server }: OpenPortal) => {
  const jar = new Map<string, string>()
  const keepCookies = (response: Response) => {
    for (const { name, value } of response.headers.getSetCookie().map((line) => Bun.Cookie.parse(line))) {
      jar.set(name, value)
    }
    return response
  }
  const cookies = () => ({ cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") })
  const get = async (path: string) => keepCookies(await server.request(`/practice${path}`, { headers: cookies() }))
  const post = async (path: string, fields: Record<string, string | ReadonlyArray<string>>, headers = {}) => {
    const body = new URLSearchParams()
    for (const [name, values] of Object.entries(fields)) for (const value of [values].flat()) body.append(name, value)
    return keepCookies(
      await server.request(`/practice${path}`, { method: "POST", body, headers: { ...cookies(), ...headers } })
    )
  }
  const signIn = (restaurantId: string) => post("/sign-in", { restaurantId, ...credentials })
  const text = async (path: string) => (await get(path)).text()
  return { get, post, signIn, text }
}

/** Where a redirect goes. */
export const target = (response: Response) => response.headers.get("Location")
