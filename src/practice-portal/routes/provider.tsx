/** The payments provider's own site. It knows nobody's session: the link that the portal made is the key to it. */
import { Hono } from "hono"
import { getCookie, setCookie } from "hono/cookie"
import {
  type BankAccount,
  type Business,
  newAccountId,
  type Payments,
  problemWithBank,
  problemWithBusiness,
  problemWithRepresentative,
  type Representative
} from "../data/Payments.ts"
import { type Form, field, type Portal, type PortalContext, type PortalEnv, readForm } from "../PortalEnv.ts"
import {
  BankStage,
  BusinessStage,
  ProviderLayout,
  RepresentativeStage,
  ReviewStage,
  type StagePageProps
} from "../pages/ProviderPages.tsx"

export const PROVIDER_PATH = "/payments-provider"

/** Holds the link from its first use on, so that no later address has it. */
const ONBOARDING_COOKIE = "practice_onboarding"

const isHttps = (c: PortalContext) => new URL(c.req.url).protocol === "https:"

interface Stage {
  readonly name: string
  readonly isDone: (payments: Payments) => boolean
  readonly page: (props: StagePageProps) => ReturnType<typeof ProviderLayout>
  /** The state with what was posted, and what is wrong with it. */
  readonly take: (payments: Payments, form: Form) => { readonly next: Payments; readonly problem?: string | undefined }
}

const fields = <A,>(form: Form, names: ReadonlyArray<keyof A & string>): A =>
  Object.fromEntries(names.map((name) => [name, field(form, name)])) as A

const businessFields = ["legalName", "businessType", "taxNumber", "street", "postcode", "city", "country"] as const
const personFields = ["firstName", "lastName", "birthDate", "email", "phone"] as const

const stages: ReadonlyArray<Stage> = [
  {
    name: "business",
    isDone: ({ business }) => business !== undefined,
    page: BusinessStage,
    take: (payments, form) => {
      const business = fields<Business>(form, businessFields)
      return { next: { ...payments, business }, problem: problemWithBusiness(business) }
    }
  },
  {
    name: "representative",
    isDone: ({ representative }) => representative !== undefined,
    page: RepresentativeStage,
    take: (payments, form) => {
      const representative = fields<Representative>(form, personFields)
      return { next: { ...payments, representative }, problem: problemWithRepresentative(representative) }
    }
  },
  {
    name: "bank",
    isDone: ({ bank }) => bank !== undefined,
    page: BankStage,
    take: (payments, form) => {
      const posted = fields<BankAccount>(form, ["holder", "iban"])
      const bank = { ...posted, iban: posted.iban.replaceAll(" ", "").toUpperCase() }
      return { next: { ...payments, bank }, problem: problemWithBank(bank) }
    }
  },
  {
    name: "review",
    isDone: ({ accountId }) => accountId !== undefined,
    page: ReviewStage,
    take: (payments, form) => ({
      next: { ...payments, accountId: newAccountId() },
      problem: field(form, "agrees") === "" ? "Please agree to the terms of service." : undefined
    })
  }
]

/** Nobody gets to a page before those in front of it are done; undefined when all are. */
const currentStage = (payments: Payments) => stages.find((stage) => !stage.isDone(payments))

export const providerRoutes = ({ base, setup }: Portal) => {
  const cookie = (c: PortalContext) =>
    ({ path: `${base}${PROVIDER_PATH}`, httpOnly: true, sameSite: "Lax", secure: isHttps(c) }) as const
  const restaurantOf = (link: string | undefined) => setup.restaurantOnboarding(link ?? "")
  const unknown = (c: PortalContext) =>
    c.html(ProviderLayout({ base, title: "This link is not valid", children: "Ask for a new one." }), 404)
  const goOn = (c: PortalContext, payments: Payments) => {
    const stage = currentStage(payments)
    return c.redirect(`${base}${stage ? `${PROVIDER_PATH}/${stage.name}` : "/payments"}`, 303)
  }

  return new Hono<PortalEnv>()
    .get(PROVIDER_PATH, (c) => {
      const link = c.req.query("link") ?? ""
      const restaurant = restaurantOf(link)
      if (restaurant === undefined) return unknown(c)
      setCookie(c, ONBOARDING_COOKIE, link, cookie(c))
      return goOn(c, setup.payments.read(restaurant))
    })
    .get(`${PROVIDER_PATH}/:stage`, (c) => {
      const restaurant = restaurantOf(getCookie(c, ONBOARDING_COOKIE))
      if (restaurant === undefined) return unknown(c)
      const payments = setup.payments.read(restaurant)
      const stage = currentStage(payments)
      if (stage?.name !== c.req.param("stage")) return goOn(c, payments)
      return c.html(stage.page({ base, action: `${base}${c.get("path")}`, payments }))
    })
    .post(`${PROVIDER_PATH}/:stage`, async (c) => {
      const restaurant = restaurantOf(getCookie(c, ONBOARDING_COOKIE))
      if (restaurant === undefined) return unknown(c)
      const payments = setup.payments.read(restaurant)
      const stage = currentStage(payments)
      if (stage?.name !== c.req.param("stage")) return goOn(c, payments)
      const { next, problem } = stage.take(payments, await readForm(c))
      if (problem !== undefined) {
        return c.html(stage.page({ base, action: `${base}${c.get("path")}`, payments: next, problem }), 422)
      }
      setup.payments.write(restaurant, next)
      return goOn(c, next)
    })
}
