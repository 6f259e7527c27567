/** Online payments as the portal shows them: the way to the provider, or bank details for a person to look at. */
import { Hono } from "hono"
import { isLinkOffered, newAccountId, problemWithBank } from "../data/Payments.ts"
import { field, type Portal, type PortalEnv, readForm } from "../PortalEnv.ts"
import { BankDetailsPage, PaymentsPage } from "../pages/PaymentsPage.tsx"
import { PageNotFound } from "../pages/PortalFailure.tsx"
import { PROVIDER_PATH } from "./provider.tsx"

const connectRoutes = ({ base, setup }: Portal) =>
  new Hono<PortalEnv>()
    .get("/payments", (c) => {
      const { restaurant } = c.var
      const payments = setup.payments.read(restaurant)
      const wasSaved = c.req.query("saved") !== undefined
      return c.html(PaymentsPage({ base, restaurant, payments, wasSaved }))
    })
    .post("/payments/connect", (c) => {
      const { restaurant } = c.var
      if (!isLinkOffered(restaurant)) return c.html(PageNotFound({ base, restaurant }), 404)
      const before = setup.payments.read(restaurant)
      if (before.accountId !== undefined) return c.redirect(`${base}/payments`, 303)
      const onboarding = before.onboarding === "" ? crypto.randomUUID() : before.onboarding
      setup.payments.write(restaurant, { ...before, onboarding })
      return c.redirect(`${base}${PROVIDER_PATH}?link=${onboarding}`, 303)
    })

const bankDetailsRoutes = ({ base, setup }: Portal) =>
  new Hono<PortalEnv>()
    .get("/payments/bank-details", (c) => {
      const { restaurant } = c.var
      return c.html(BankDetailsPage({ base, restaurant, holder: "" }))
    })
    .post("/payments/bank-details", async (c) => {
      const { restaurant } = c.var
      const form = await readForm(c)
      const bank = { holder: field(form, "holder"), iban: field(form, "iban").replaceAll(" ", "").toUpperCase() }
      const problem = problemWithBank(bank)
      if (problem !== undefined) {
        return c.html(BankDetailsPage({ base, restaurant, holder: bank.holder, problem }), 422)
      }
      const before = setup.payments.read(restaurant)
      const reference = before.reference ?? `REQ-${crypto.randomUUID().slice(0, 8).toUpperCase()}`
      setup.payments.write(restaurant, { ...before, bank, reference })
      return c.redirect(`${base}/payments?saved=1`, 303)
    })
    .post("/payments/decide", (c) => {
      const { restaurant } = c.var
      const before = setup.payments.read(restaurant)
      if (before.reference === undefined) return c.html(PageNotFound({ base, restaurant }), 404)
      setup.payments.write(restaurant, { ...before, accountId: before.accountId ?? newAccountId() })
      return c.redirect(`${base}/payments?saved=1`, 303)
    })

export const paymentRoutes = (portal: Portal) =>
  new Hono<PortalEnv>().route("/", connectRoutes(portal)).route("/", bankDetailsRoutes(portal))
