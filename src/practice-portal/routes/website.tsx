/** The screens of the website: its design and draft for the restaurant, and what guests see. */
import { Hono } from "hono"
import { isRestaurantId } from "../data/Sessions.ts"
import { isColour, type SiteDesign, themes } from "../data/Websites.ts"
import { type Form, field, type Portal, type PortalContext, type PortalEnv, readForm } from "../PortalEnv.ts"
import { PageNotFound } from "../pages/PortalFailure.tsx"
import { SitePage, siteStyle } from "../pages/SitePage.tsx"
import { WebsitePage } from "../pages/WebsitePage.tsx"

const LONGEST_HEADLINE = 80
const LONGEST_WELCOME = 500

const readDesign = (form: Form): SiteDesign => ({
  theme: themes.find((theme) => theme === field(form, "theme")) ?? "light",
  accent: field(form, "accent").toLowerCase(),
  headline: field(form, "headline"),
  // Line ends as the database keeps them: browsers send two characters for each.
  welcome: (form.welcome?.[0] ?? "").replaceAll("\r\n", "\n").trim()
})

const problemWith = ({ accent, headline, welcome }: SiteDesign): string | undefined => {
  if (!isColour(accent)) return "A colour looks like #8a2f1b."
  if (headline === "" || headline.length > LONGEST_HEADLINE) {
    return `A headline has 1 to ${LONGEST_HEADLINE} characters.`
  }
  return welcome.length > LONGEST_WELCOME ? `A welcome text has at most ${LONGEST_WELCOME} characters.` : undefined
}

const showStyle = (c: PortalContext, design: SiteDesign) =>
  c.body(siteStyle(design), 200, { "Content-Type": "text/css; charset=utf-8" })

/** For guests: needs no session. */
export const siteRoutes = ({ base, menus, websites }: Portal) => {
  const find = (restaurant: string) => (isRestaurantId(restaurant) ? websites.published(restaurant) : null)
  return new Hono<PortalEnv>()
    .get("/sites/:restaurant", (c) => {
      const restaurant = c.req.param("restaurant")
      const design = find(restaurant)
      if (design === null) return c.html(PageNotFound({ base }), 404)
      const stylePath = `${base}/sites/${restaurant}/site.css`
      return c.html(SitePage({ restaurant, design, stylePath, items: menus.items(restaurant), isDraft: false }))
    })
    .get("/sites/:restaurant/site.css", (c) => {
      const design = find(c.req.param("restaurant"))
      return design === null ? c.html(PageNotFound({ base }), 404) : showStyle(c, design)
    })
}

export const websiteRoutes = ({ base, menus, websites }: Portal) => {
  const show = (c: PortalContext, design: SiteDesign, problem?: string) => {
    const { restaurant } = c.var
    const wasSaved = c.req.query("saved") !== undefined
    return WebsitePage({ base, restaurant, design, state: websites.state(restaurant), wasSaved, problem })
  }
  return new Hono<PortalEnv>()
    .get("/website", (c) => c.html(show(c, websites.draft(c.get("restaurant")))))
    .post("/website", async (c) => {
      const design = readDesign(await readForm(c))
      const problem = problemWith(design)
      if (problem !== undefined) return c.html(show(c, design, problem), 422)
      websites.save(c.get("restaurant"), design)
      return c.redirect(`${base}/website?saved=1`, 303)
    })
    .post("/website/publish", (c) => {
      websites.publish(c.get("restaurant"))
      return c.redirect(`${base}/website?saved=1`, 303)
    })
    .get("/website/preview", (c) => {
      const { restaurant } = c.var
      const design = websites.draft(restaurant)
      const stylePath = `${base}/website/preview.css`
      return c.html(SitePage({ restaurant, design, stylePath, items: menus.items(restaurant), isDraft: true }))
    })
    .get("/website/preview.css", (c) => showStyle(c, websites.draft(c.get("restaurant"))))
}
