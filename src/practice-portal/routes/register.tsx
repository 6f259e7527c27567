/** The registration of a restaurant: a wizard that keeps what was filled in, and creates everything at its end. */
import { type Context, Hono } from "hono"
import { deleteCookie, getCookie, setCookie } from "hono/cookie"
import { hashPassword, type Registration } from "../data/Accounts.ts"
import { cookieOptions, field, type Portal, type PortalContext, type PortalEnv, readForm } from "../PortalEnv.ts"
import { CodePage } from "../pages/CodePage.tsx"
import {
  AccountPage,
  AddressPage,
  ConfirmPage,
  OpeningPage,
  ProfilePage,
  WelcomePage
} from "../pages/RegisterPages.tsx"
import { REGISTRATION_COOKIE } from "../visits.ts"
import {
  problemWithAddress,
  problemWithOpening,
  problemWithOwner,
  readAddress,
  readOpening,
  readOwner
} from "./registrationForms.ts"

interface Wizard {
  readonly id: string
  readonly registration: Registration
}

const find = ({ registrations }: Portal, c: PortalContext): Wizard | undefined => {
  const id = getCookie(c, REGISTRATION_COOKIE) ?? ""
  const registration = registrations.find(id)
  return registration && { id, registration }
}

const accountRoutes = (portal: Portal) => {
  const { base, registrations } = portal
  return new Hono<PortalEnv>()
    .get("/register", (c) => c.html(AccountPage({ base, typed: {} })))
    .post("/register", async (c) => {
      const { password, ...owner } = readOwner(await readForm(c))
      const problem = problemWithOwner(portal, { ...owner, password })
      if (problem !== undefined) {
        return c.html(AccountPage({ base, typed: owner, problem: problem.text }), problem.status)
      }
      const id = registrations.start({ ...owner, passwordHash: hashPassword(password) })
      setCookie(c, REGISTRATION_COOKIE, id, cookieOptions(c, base))
      return c.redirect(`${base}/register/address`, 303)
    })
}

/** Behind the account page: whoever has not filled that in starts there. */
const requireWizard = (portal: Portal, work: (c: PortalContext, wizard: Wizard) => Response | Promise<Response>) => {
  return (c: Context<PortalEnv>) => {
    const wizard = find(portal, c)
    return wizard === undefined ? c.redirect(`${portal.base}/register`, 303) : work(c, wizard)
  }
}

const detailRoutes = (portal: Portal) => {
  const { base, codes, faults, registrations } = portal
  /** Where somebody goes on who has filled in the opening hours. */
  const afterOpening = (c: PortalContext, { id, registration }: Wizard) => {
    const { restaurant } = registration.owner
    if (!faults.take(restaurant, "one-time-code", c.get("path"))) return "confirm"
    registrations.save(id, { ...registration, codeId: codes.send(restaurant) })
    return "code"
  }
  return new Hono<PortalEnv>()
    .get(
      "/register/address",
      requireWizard(portal, (c, { registration }) => c.html(AddressPage({ base, typed: registration.address ?? {} })))
    )
    .post(
      "/register/address",
      requireWizard(portal, async (c, { id, registration }) => {
        const address = readAddress(await readForm(c))
        const problem = problemWithAddress(address)
        if (problem !== undefined) return c.html(AddressPage({ base, typed: address, problem }), 422)
        registrations.save(id, { ...registration, address })
        return c.redirect(`${base}/register/opening`, 303)
      })
    )
    .get(
      "/register/opening",
      requireWizard(portal, (c, { registration }) => c.html(OpeningPage({ base, typed: registration.opening ?? {} })))
    )
    .post(
      "/register/opening",
      requireWizard(portal, async (c, { id, registration }) => {
        const opening = readOpening(await readForm(c))
        const problem = problemWithOpening(opening)
        if (problem !== undefined) return c.html(OpeningPage({ base, typed: opening, problem }), 422)
        const filled = { ...registration, opening }
        registrations.save(id, filled)
        return c.redirect(`${base}/register/${afterOpening(c, { id, registration: filled })}`, 303)
      })
    )
}

const codeRoutes = (portal: Portal) => {
  const { base, codes, registrations } = portal
  const page = (restaurant: string, isWrong: boolean) => CodePage({ base, restaurant, path: "/register/code", isWrong })
  return new Hono<PortalEnv>()
    .get(
      "/register/code",
      requireWizard(portal, (c, { registration }) => c.html(page(registration.owner.restaurant, false)))
    )
    .post(
      "/register/code",
      requireWizard(portal, async (c, { id, registration }) => {
        const { codeId = "", ...rest } = registration
        const answer = codes.check(codeId, field(await readForm(c), "code"))
        if (answer === "wrong") return c.html(page(registration.owner.restaurant, true), 401)
        if (answer === "right") registrations.save(id, rest)
        else registrations.end(id)
        return c.redirect(`${base}/register${answer === "right" ? "/confirm" : ""}`, 303)
      })
    )
}

const confirmRoutes = (portal: Portal) => {
  const { accounts, base, registrations } = portal
  /** The registration with all its parts; none while one is missing, or a code. */
  const complete = ({ registration }: Wizard) => {
    const { address, codeId, opening, owner } = registration
    return address && opening && codeId === undefined ? { owner, address, opening } : undefined
  }
  const details = ({ address, opening, owner }: NonNullable<ReturnType<typeof complete>>) => ({
    name: owner.name,
    email: owner.email,
    address,
    opening
  })
  return new Hono<PortalEnv>()
    .get(
      "/register/confirm",
      requireWizard(portal, (c, wizard) => {
        const all = complete(wizard)
        if (all === undefined) return c.redirect(`${base}/register/address`, 303)
        return c.html(ConfirmPage({ base, details: details(all) }))
      })
    )
    .post(
      "/register/confirm",
      requireWizard(portal, async (c, wizard) => {
        const all = complete(wizard)
        if (all === undefined) return c.redirect(`${base}/register/address`, 303)
        const refuse = (problem: string, status: 409 | 422) =>
          c.html(ConfirmPage({ base, details: details(all), problem }), status)
        if (field(await readForm(c), "terms") !== "accepted") return refuse("Please accept the terms.", 422)
        if (!accounts.register(all.owner, all.address, all.opening)) {
          return refuse("Somebody else has registered this restaurant ID or e-mail meanwhile.", 409)
        }
        registrations.end(wizard.id)
        deleteCookie(c, REGISTRATION_COOKIE, cookieOptions(c, base))
        return c.redirect(`${base}/register/done?restaurant=${all.owner.restaurant}`, 303)
      })
    )
    .get("/register/done", (c) => c.html(WelcomePage({ base, restaurant: c.get("restaurant") })))
}

export const registerRoutes = (portal: Portal) =>
  new Hono<PortalEnv>()
    .route("/", accountRoutes(portal))
    .route("/", detailRoutes(portal))
    .route("/", codeRoutes(portal))
    .route("/", confirmRoutes(portal))

/** Behind the sign-in. */
export const profileRoutes = ({ accounts, base }: Portal) =>
  new Hono<PortalEnv>().get("/profile", (c) => {
    const { restaurant } = c.var
    return c.html(ProfilePage({ base, restaurant, details: accounts.find(restaurant) }))
  })
