/** The checklist before a restaurant opens, and the page that guests see afterwards. */
import { Hono } from "hono"
import { checklistOf } from "../data/checklist.ts"
import type { Portal, PortalEnv } from "../PortalEnv.ts"
import { GoLivePage } from "../pages/GoLivePage.tsx"
import { PageNotFound } from "../pages/PortalFailure.tsx"
import { PublicPage } from "../pages/PublicPage.tsx"

export const goLiveRoutes = (portal: Portal) => {
  const { base, setup } = portal
  return new Hono<PortalEnv>()
    .get("/go-live", (c) => {
      const { restaurant } = c.var
      const items = checklistOf(portal, restaurant)
      const { isPublished } = setup.publishing.read(restaurant)
      const wasSaved = c.req.query("saved") !== undefined
      return c.html(GoLivePage({ base, restaurant, items, isPublished, wasSaved }))
    })
    .post("/go-live", (c) => {
      const { restaurant } = c.var
      const items = checklistOf(portal, restaurant)
      if (items.some((item) => !item.isDone)) {
        const problem = "There are things to do first."
        const page = { base, restaurant, items, isPublished: false, wasSaved: false, problem }
        return c.html(GoLivePage(page), 409)
      }
      setup.publishing.write(restaurant, { isPublished: true })
      return c.redirect(`${base}/go-live?saved=1`, 303)
    })
}

/** Needs no session. */
export const publicRoutes = ({ base, menus, setup }: Portal) =>
  new Hono<PortalEnv>().get("/r/:restaurant", (c) => {
    const restaurant = c.req.param("restaurant")
    if (!setup.publishing.read(restaurant).isPublished) return c.html(PageNotFound({ base }), 404)
    const services = setup.services.read(restaurant)
    return c.html(PublicPage({ base, restaurant, items: menus.items(restaurant), services }))
  })
