/** The screens of option sets: the list, and one page per set with a form for each part of it. */
import { Hono } from "hono"
import type { OptionSet } from "../data/OptionSets.ts"
import { parsePrice } from "../data/prices.ts"
import { type Form, field, type Portal, type PortalContext, type PortalEnv, readForm } from "../PortalEnv.ts"
import { OptionSetPage } from "../pages/OptionSetPage.tsx"
import { OptionSetsPage } from "../pages/OptionSetsPage.tsx"
import { PageNotFound } from "../pages/PortalFailure.tsx"

const LONGEST_NAME = 60
const MOST_CHOICES = 20

const problemWithName = (name: string): string | undefined =>
  name === "" || name.length > LONGEST_NAME ? `A name has 1 to ${LONGEST_NAME} characters.` : undefined

const readRules = (form: Form): Pick<OptionSet, "min" | "max"> | undefined => {
  const [min, max] = [field(form, "min"), field(form, "max")].map((text) =>
    /^\d{1,2}$/u.test(text) ? Number(text) : -1
  )
  const areFine = min !== undefined && max !== undefined && min >= 0 && max >= 1 && max >= min && max <= MOST_CHOICES
  return areFine ? { min, max } : undefined
}

const WRONG_RULES = `“At most” is 1 to ${MOST_CHOICES}, and “At least” is not more than that.`
const WRONG_PRICE = "A price looks like 1.50."

const listRoutes = ({ base, optionSets }: Portal) =>
  new Hono<PortalEnv>()
    .get("/options", (c) => {
      const { restaurant } = c.var
      return c.html(OptionSetsPage({ base, restaurant, sets: optionSets.sets(restaurant) }))
    })
    .post("/options", async (c) => {
      const { restaurant } = c.var
      const form = await readForm(c)
      const name = field(form, "name")
      const refuse = (problem: string, status: 409 | 422) =>
        c.html(OptionSetsPage({ base, restaurant, sets: optionSets.sets(restaurant), problem, name }), status)
      const rules = readRules(form)
      const problem = problemWithName(name)
      if (problem !== undefined) return refuse(problem, 422)
      if (rules === undefined) return refuse(WRONG_RULES, 422)
      const id = optionSets.create(restaurant, { name, ...rules })
      if (id === undefined) return refuse(`There is an option set named “${name}” already.`, 409)
      return c.redirect(`${base}/options/${id}?saved=1`, 303)
    })

/** What a form of a set's page does: a problem to show, or nothing when it is done. */
type Change = (form: Form, set: OptionSet, restaurant: string) => string | undefined

const makeChanges = ({ optionSets }: Portal): Readonly<Record<string, Change>> => ({
  rules: (form, set) => {
    const rules = readRules(form)
    if (rules === undefined) return WRONG_RULES
    optionSets.saveRules(set.id, rules)
    return undefined
  },
  prices: (form, set) => {
    const prices = set.choices.map(({ id }) => ({ id, priceCents: parsePrice(field(form, `price-${id}`)) ?? -1 }))
    if (prices.some(({ priceCents }) => priceCents < 0)) return WRONG_PRICE
    optionSets.savePrices(set.id, prices)
    return undefined
  },
  choices: (form, set) => {
    const name = field(form, "name")
    const priceCents = parsePrice(field(form, "price"))
    const problem = problemWithName(name)
    if (problem !== undefined) return problem
    if (priceCents === undefined) return WRONG_PRICE
    if (set.choices.length >= MOST_CHOICES) return `A set has at most ${MOST_CHOICES} choices.`
    return optionSets.addChoice(set.id, { name, priceCents }) ? undefined : `There is a choice named “${name}” already.`
  },
  items: (form, set, restaurant) => {
    optionSets.saveItems(restaurant, set.id, form.items ?? [])
    return undefined
  }
})

const setRoutes = (portal: Portal) => {
  const { base, menus, optionSets } = portal
  const changes = new Map(Object.entries(makeChanges(portal)))
  const find = (c: PortalContext) => optionSets.set(c.get("restaurant"), Number(c.req.param("id")))
  const notFound = (c: PortalContext) => c.html(PageNotFound({ base, restaurant: c.get("restaurant") }), 404)
  const show = (c: PortalContext, set: OptionSet, problem?: string) => {
    const { restaurant } = c.var
    const wasSaved = c.req.query("saved") !== undefined
    return OptionSetPage({ base, restaurant, set, items: menus.items(restaurant), wasSaved, problem })
  }
  return new Hono<PortalEnv>()
    .get("/options/:id", (c) => {
      const set = find(c)
      return set === undefined ? notFound(c) : c.html(show(c, set))
    })
    .post("/options/:id/:part", async (c) => {
      const set = find(c)
      const change = changes.get(c.req.param("part"))
      if (set === undefined || change === undefined) return notFound(c)
      const problem = change(await readForm(c), set, c.get("restaurant"))
      if (problem !== undefined) return c.html(show(c, set, problem), 422)
      return c.redirect(`${base}/options/${set.id}?saved=1`, 303)
    })
}

export const optionSetRoutes = (portal: Portal) =>
  new Hono<PortalEnv>().route("/", listRoutes(portal)).route("/", setRoutes(portal))
