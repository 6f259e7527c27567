/** Faults, the request log and the phone: for people and tests, not part of the site that scripts see. Never logged or hit. */
import { Hono } from "hono"
import { type FaultKind, type FaultWish, isFaultKind } from "../data/Faults.ts"
import { isRestaurantId } from "../data/Sessions.ts"
import { type Portal, type PortalContext, type PortalEnv, readForm } from "../PortalEnv.ts"
import { FaultsPage } from "../pages/FaultsPage.tsx"
import { PhonePage } from "../pages/PhonePage.tsx"
import { RequestsPage } from "../pages/RequestsPage.tsx"

/** The newest this many are shown as a page; the JSON has all. */
const SHOWN_REQUESTS = 200

type Fields = Readonly<Record<string, unknown>>

interface FaultOrder {
  readonly restaurant: string
  readonly on?: FaultWish
  readonly off?: FaultKind | "all"
}

const isJson = (c: PortalContext) => c.req.header("Content-Type")?.startsWith("application/json") === true

/** A body that is not JSON, or not an object, has no fields. */
const readJson = async (c: PortalContext): Promise<Fields> => {
  const body: unknown = await c.req.json().catch(() => undefined)
  return typeof body === "object" && body !== null ? { ...body } : {}
}

const readFields = async (c: PortalContext): Promise<Fields> => {
  if (isJson(c)) return readJson(c)
  return Object.fromEntries(Object.entries(await readForm(c)).map(([name, values]) => [name, values[0]]))
}

const number = (value: unknown): number | undefined =>
  typeof value === "number" || (typeof value === "string" && value.trim() !== "") ? Number(value) : undefined

const parseOrder = (fields: Fields): FaultOrder | undefined => {
  const { kind, off, pathPrefix, restaurant } = fields
  if (typeof restaurant !== "string" || !isRestaurantId(restaurant)) return undefined
  if (off === "all" || isFaultKind(off)) return { restaurant, off }
  if (!isFaultKind(kind)) return undefined
  const on: FaultWish = {
    kind,
    ...(number(fields.times) !== undefined && { timesLeft: Number(fields.times) }),
    ...(typeof pathPrefix === "string" && { pathPrefix }),
    ...(number(fields.delayMs) !== undefined && { delayMs: Number(fields.delayMs) }),
    ...(number(fields.retryAfterSeconds) !== undefined && { retryAfterSeconds: Number(fields.retryAfterSeconds) })
  }
  return { restaurant, on }
}

const restaurantOf = (c: PortalContext): string | undefined => {
  const named = c.req.query("restaurant") ?? ""
  return isRestaurantId(named) ? named : undefined
}

export const backstageRoutes = ({ base, codes, faults, log, menus }: Portal) =>
  new Hono<PortalEnv>()
    .get("/faults", (c) => {
      const restaurant = restaurantOf(c)
      const on = restaurant === undefined ? [] : faults.all(restaurant)
      return c.html(FaultsPage({ base, restaurant, restaurants: menus.restaurants(), faults: on }))
    })
    .post("/faults", async (c) => {
      const order = parseOrder(await readFields(c))
      if (order === undefined) return c.json({ error: "A fault needs a restaurant id and a kind." }, 422)
      const { off, on, restaurant } = order
      if (on) faults.switchOn(restaurant, on)
      if (off === "all") faults.switchAllOff(restaurant)
      else if (off) faults.switchOff(restaurant, off)
      if (isJson(c)) return c.json({ restaurant, faults: faults.all(restaurant) })
      return c.redirect(`${base}/faults?restaurant=${restaurant}`, 303)
    })
    .get("/phone", (c) => {
      const restaurant = restaurantOf(c)
      return c.html(PhonePage({ base, restaurant, codes: restaurant === undefined ? [] : codes.sent(restaurant) }))
    })
    .get("/requests", (c) => {
      const restaurant = restaurantOf(c)
      const entries = log.entries(restaurant)
      return c.html(
        RequestsPage({ base, restaurant, entries: entries.slice(0, SHOWN_REQUESTS), total: entries.length })
      )
    })
    .get("/requests.json", (c) => c.json({ requests: log.entries(c.req.query("restaurant")) }))
