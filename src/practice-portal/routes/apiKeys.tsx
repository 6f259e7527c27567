/** Keys of the programming interface: made, shown once, and revoked; and the one thing that they are good for. */
import { Hono } from "hono"
import { permissions } from "../data/ApiKeys.ts"
import { field, type Portal, type PortalContext, type PortalEnv, readForm } from "../PortalEnv.ts"
import { ApiKeysPage } from "../pages/ApiKeysPage.tsx"
import { PageNotFound } from "../pages/PortalFailure.tsx"

const problemWith = (name: string, chosen: ReadonlyArray<string>): string | undefined => {
  if (name === "" || name.length > 60) return "A key needs a name of at most 60 characters."
  return chosen.length === 0 ? "A key needs at least one permission." : undefined
}

export const apiKeyRoutes = ({ base, setup }: Portal) => {
  const { apiKeys } = setup
  const refuse = (c: PortalContext, problem: string, status: 409 | 422) => {
    const { restaurant } = c.var
    return c.html(ApiKeysPage({ base, restaurant, keys: apiKeys.all(restaurant), problem }), status)
  }
  return new Hono<PortalEnv>()
    .get("/api-keys", (c) => {
      const { restaurant } = c.var
      const wasRevoked = c.req.query("revoked") !== undefined
      return c.html(ApiKeysPage({ base, restaurant, keys: apiKeys.all(restaurant), wasRevoked }))
    })
    .post("/api-keys/new", async (c) => {
      const { restaurant } = c.var
      const form = await readForm(c)
      const [name, note] = [field(form, "name"), field(form, "note")]
      const chosen = permissions.filter((permission) => form.permissions?.includes(permission))
      const problem = problemWith(name, chosen)
      if (problem !== undefined) return refuse(c, problem, 422)
      const newKey = apiKeys.create(restaurant, { name, note, permissions: chosen.join(", ") })
      if (newKey === undefined) return refuse(c, `There is a key named “${name}” already.`, 409)
      return c.html(ApiKeysPage({ base, restaurant, keys: apiKeys.all(restaurant), newKey }), 201)
    })
    .post("/api-keys/:id/revoke", (c) => {
      const { restaurant } = c.var
      return apiKeys.revoke(restaurant, c.req.param("id"))
        ? c.redirect(`${base}/api-keys?revoked=1`, 303)
        : c.html(PageNotFound({ base, restaurant }), 404)
    })
}

/** Needs a key instead of a session. */
export const keyedRoutes = ({ menus, setup }: Portal) =>
  new Hono<PortalEnv>().get("/api/menu", (c) => {
    const [scheme, key = ""] = (c.req.header("Authorization") ?? "").split(" ")
    const restaurant = scheme === "Bearer" ? setup.apiKeys.restaurantFor(key, "Read the menu") : undefined
    if (restaurant === undefined) return c.json({ error: "This key may not read the menu." }, 401)
    return c.json({ restaurant, items: menus.items(restaurant).map(({ name, priceCents }) => ({ name, priceCents })) })
  })
