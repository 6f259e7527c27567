/** Services with their hours, closed days and delivery zones. */
import { Hono } from "hono"
import {
  problemWithService,
  problemWithZone,
  type Service,
  type ServiceKind,
  type Services,
  serviceKinds,
  weekdays,
  type Zone
} from "../data/Services.ts"
import { type Form, field, type Portal, type PortalContext, type PortalEnv, readForm } from "../PortalEnv.ts"
import { PageNotFound } from "../pages/PortalFailure.tsx"
import { ServicePage } from "../pages/ServicePage.tsx"
import { ServicesPage } from "../pages/ServicesPage.tsx"
import { ZonePage, ZonesPage } from "../pages/ZonesPages.tsx"

const serviceFrom = (form: Form): Service => ({
  isOffered: field(form, "isOffered") !== "",
  preparationMinutes: field(form, "preparationMinutes"),
  hours: Object.fromEntries(
    weekdays.map((day) => [
      day,
      {
        isOpen: field(form, `${day}.isOpen`) !== "",
        opens: field(form, `${day}.opens`),
        closes: field(form, `${day}.closes`),
        breakFrom: field(form, `${day}.breakFrom`),
        breakUntil: field(form, `${day}.breakUntil`)
      }
    ])
  ) as Service["hours"]
})

const zoneFrom = (form: Form, id: string): Zone => ({
  id,
  name: field(form, "name"),
  postcodes: field(form, "postcodes")
    .split(/[\s,]+/u)
    .filter(Boolean)
    .join(", "),
  fee: field(form, "fee"),
  minimumOrder: field(form, "minimumOrder")
})

const newZone: Zone = { id: "new", name: "", postcodes: "", fee: "0.00", minimumOrder: "0.00" }

const listRoutes = (portal: Portal) => {
  const { base } = portal
  const { services } = portal.setup
  return new Hono<PortalEnv>()
    .get("/services", (c) => {
      const { restaurant } = c.var
      const wasSaved = c.req.query("saved") !== undefined
      return c.html(ServicesPage({ base, restaurant, services: services.read(restaurant), wasSaved }))
    })
    .post("/services", async (c) => {
      const { restaurant } = c.var
      const before = services.read(restaurant)
      const dates = field(await readForm(c), "closedDays")
        .split(" ")
        .filter(Boolean)
      const closedDays = [...new Set(dates)].toSorted()
      if (closedDays.some((date) => !/^\d{4}-\d{2}-\d{2}$/u.test(date) || Number.isNaN(Date.parse(date)))) {
        const problem = "A closed day is a date like 2030-12-25."
        const shown = { ...before, closedDays }
        const page = { base, restaurant, services: shown, wasSaved: false, problem }
        return c.html(ServicesPage(page), 422)
      }
      services.write(restaurant, { ...before, closedDays })
      return c.redirect(`${base}/services?saved=1`, 303)
    })
}

const kindRoutes = (portal: Portal) => {
  const { base } = portal
  const { services } = portal.setup
  const kindOf = (c: PortalContext): ServiceKind | undefined =>
    serviceKinds.find((kind) => kind === c.req.param("kind"))
  return new Hono<PortalEnv>()
    .get("/services/:kind", (c) => {
      const { restaurant } = c.var
      const kind = kindOf(c)
      if (kind === undefined) return c.html(PageNotFound({ base, restaurant }), 404)
      const service = services.read(restaurant).kinds[kind]
      const wasSaved = c.req.query("saved") !== undefined
      return c.html(ServicePage({ base, restaurant, kind, service, wasSaved }))
    })
    .post("/services/:kind", async (c) => {
      const { restaurant } = c.var
      const kind = kindOf(c)
      if (kind === undefined) return c.html(PageNotFound({ base, restaurant }), 404)
      const service = serviceFrom(await readForm(c))
      const problem = problemWithService(service)
      if (problem !== undefined) {
        const page = { base, restaurant, kind, service, wasSaved: false, problem }
        return c.html(ServicePage(page), 422)
      }
      const before = services.read(restaurant)
      services.write(restaurant, { ...before, kinds: { ...before.kinds, [kind]: service } })
      return c.redirect(`${base}/services/${kind}?saved=1`, 303)
    })
}

const withZone = (before: Services, zone: Zone): Services => {
  const isNew = zone.id === "new"
  const saved = isNew ? { ...zone, id: String(Math.max(0, ...before.zones.map(({ id }) => Number(id))) + 1) } : zone
  const zones = isNew ? [...before.zones, saved] : before.zones.map((other) => (other.id === zone.id ? saved : other))
  return { ...before, zones }
}

const zoneRoutes = (portal: Portal) => {
  const { base } = portal
  const { services } = portal.setup
  const zoneOf = (c: PortalContext): Zone | undefined =>
    [newZone, ...services.read(c.get("restaurant")).zones].find(({ id }) => id === c.req.param("id"))
  return new Hono<PortalEnv>()
    .get("/delivery-zones", (c) => {
      const { restaurant } = c.var
      const wasSaved = c.req.query("saved") !== undefined
      return c.html(ZonesPage({ base, restaurant, zones: services.read(restaurant).zones, wasSaved }))
    })
    .get("/delivery-zones/:id", (c) => {
      const { restaurant } = c.var
      const zone = zoneOf(c)
      if (zone === undefined) return c.html(PageNotFound({ base, restaurant }), 404)
      return c.html(ZonePage({ base, restaurant, zone }))
    })
    .post("/delivery-zones/:id", async (c) => {
      const { restaurant } = c.var
      const before = zoneOf(c)
      if (before === undefined) return c.html(PageNotFound({ base, restaurant }), 404)
      const zone = zoneFrom(await readForm(c), before.id)
      const all = services.read(restaurant)
      const problem = problemWithZone(zone, all.zones)
      if (problem !== undefined) {
        return c.html(ZonePage({ base, restaurant, zone, problem }), 422)
      }
      services.write(restaurant, withZone(all, zone))
      return c.redirect(`${base}/delivery-zones?saved=1`, 303)
    })
}

export const serviceRoutes = (portal: Portal) =>
  new Hono<PortalEnv>().route("/", listRoutes(portal)).route("/", kindRoutes(portal)).route("/", zoneRoutes(portal))
