/** The pages behind the sign-in: dashboard, menu, items and tags. */
import { Hono } from "hono"
import { type Colour, colours } from "../data/Menus.ts"
import { type Form, field, type Portal, type PortalEnv, readForm } from "../PortalEnv.ts"
import { DashboardPage } from "../pages/DashboardPage.tsx"
import { ItemPage } from "../pages/ItemPage.tsx"
import { MenuPage } from "../pages/MenuPage.tsx"
import { PageNotFound } from "../pages/PortalFailure.tsx"
import { TagsPage } from "../pages/TagsPage.tsx"

const LONGEST_TAG_NAME = 60

const parseColour = (text: string): Colour => colours.find((colour) => colour === text) ?? "grey"

const tagIds = (form: Form): ReadonlyArray<number> =>
  (form.tags ?? []).filter((text) => /^\d{1,15}$/u.test(text)).map(Number)

const problemWithName = (name: string): string | undefined => {
  if (name === "") return "A tag needs a name."
  if (name.length > LONGEST_TAG_NAME) return `A tag's name has at most ${LONGEST_TAG_NAME} characters.`
  return undefined
}

export const dashboardRoutes = ({ base, faults, menus }: Portal) =>
  new Hono<PortalEnv>()
    .get("/dashboard", (c) => {
      const { restaurant } = c.var
      const wasReset = c.req.query("reset") !== undefined
      const [items, tags] = [menus.items(restaurant), menus.tags(restaurant)]
      return c.html(DashboardPage({ base, restaurant, items, tags, wasReset }))
    })
    .post("/reset", (c) => {
      menus.reset(c.get("restaurant"))
      faults.switchAllOff(c.get("restaurant"))
      return c.redirect(`${base}/dashboard?reset=1`, 303)
    })

export const menuRoutes = ({ base, menus }: Portal) =>
  new Hono<PortalEnv>()
    .get("/menu", (c) => {
      const { restaurant } = c.var
      return c.html(MenuPage({ base, restaurant, items: menus.items(restaurant) }))
    })
    .get("/menu/items/:id", (c) => {
      const { restaurant } = c.var
      const item = menus.item(restaurant, c.req.param("id"))
      if (item === undefined) return c.html(PageNotFound({ base, restaurant }), 404)
      const wasSaved = c.req.query("saved") !== undefined
      return c.html(ItemPage({ base, restaurant, item, tags: menus.tags(restaurant), wasSaved }))
    })
    .post("/menu/items/:id", async (c) => {
      const { restaurant } = c.var
      const item = menus.item(restaurant, c.req.param("id"))
      if (item === undefined) return c.html(PageNotFound({ base, restaurant }), 404)
      menus.saveItemTags(restaurant, item.id, tagIds(await readForm(c)))
      return c.redirect(`${base}/menu/items/${item.id}?saved=1`, 303)
    })

export const tagRoutes = ({ base, menus }: Portal) =>
  new Hono<PortalEnv>()
    .get("/tags", (c) => {
      const { restaurant } = c.var
      const wasCreated = c.req.query("created") !== undefined
      return c.html(TagsPage({ base, restaurant, tags: menus.tags(restaurant), wasCreated }))
    })
    .post("/tags", async (c) => {
      const { restaurant } = c.var
      const form = await readForm(c)
      const name = field(form, "name")
      const refuse = (problem: string, status: 409 | 422) =>
        c.html(TagsPage({ base, restaurant, tags: menus.tags(restaurant), wasCreated: false, problem, name }), status)
      const problem = problemWithName(name)
      if (problem !== undefined) return refuse(problem, 422)
      if (!menus.createTag(restaurant, name, parseColour(field(form, "colour")))) {
        return refuse(`There is a tag named “${name}” already.`, 409)
      }
      return c.redirect(`${base}/tags?created=1`, 303)
    })
