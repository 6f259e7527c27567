/** The wizard that registers a restaurant. What it was told is lost with the browser, until its last page is sent. */
import { Effect, Redacted } from "effect"
import type { JobError } from "../../../domain/JobError.ts"
import { makeCodePage } from "./CodePage.ts"
import { button, field } from "./Controls.ts"
import type { Control, Portal } from "./Portal.ts"
import { sessionExpired } from "./PortalAnswer.ts"

export const countries = ["Austria", "Belgium", "France", "Germany", "Italy", "Netherlands", "Switzerland"] as const
export const weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const

export interface Owner {
  readonly restaurantId: string
  readonly name: string
  readonly email: string
  readonly password: Redacted.Redacted<string>
}

export interface RestaurantAddress {
  readonly street: string
  readonly postalCode: string
  readonly city: string
  readonly country: (typeof countries)[number]
  readonly phone: string
}

export interface RestaurantOpening {
  readonly days: ReadonlyArray<string>
  /** `11:30`. */
  readonly from: string
  readonly to: string
}

const problem = (words: string): Control => ({
  name: `the words “${words}”`,
  locate: (page) => page.getByRole("alert").filter({ hasText: words })
})
const restaurantField = field("Restaurant ID")
const idIsTaken = problem("This restaurant ID is taken.")
const emailIsTaken = problem("There is an account with this e-mail already.")

export const makeRegisterPages = (portal: Portal) => {
  const fillAll = (fields: Readonly<Record<string, string>>) =>
    Effect.forEach(Object.entries(fields), ([label, text]) => portal.fill(field(label), text))
  /** False when the portal refused what was filled in. */
  const goOn = Effect.map(portal.press(button("Continue")), ({ status }) => status < 400)
  /** Behind the first page: a portal that shows that one again has forgotten what it was told. */
  const stayIn = <A>(work: Effect.Effect<A, JobError>) =>
    Effect.flatMap(work, (value) =>
      Effect.flatMap(portal.has(restaurantField), (isLost) =>
        isLost ? Effect.fail(sessionExpired()) : Effect.succeed(value)
      )
    )

  return {
    /** Opens the wizard and fills in its first page. */
    fillAccount: Effect.fn("RegisterPages.fillAccount")(function* ({ email, name, password, restaurantId }: Owner) {
      yield* portal.visit("register")
      yield* fillAll({ "Restaurant ID": restaurantId, "Restaurant name": name, "E-mail": email })
      yield* portal.fill(field("Password"), Redacted.value(password))
      const isOn = yield* goOn
      if (isOn && !(yield* portal.has(restaurantField))) return "accepted" as const
      if (yield* portal.has(idIsTaken)) return "id taken" as const
      if (yield* portal.has(emailIsTaken)) return "e-mail taken" as const
      // Accepted, and lost before the next page was shown.
      return isOn ? yield* Effect.fail(sessionExpired()) : ("refused" as const)
    }),

    fillAddress: Effect.fn("RegisterPages.fillAddress")(function* (address: RestaurantAddress) {
      yield* fillAll({ Street: address.street, "Postal code": address.postalCode, City: address.city })
      yield* portal.choose(field("Country"), address.country)
      yield* portal.fill(field("Phone"), address.phone)
      return yield* stayIn(goOn)
    }),

    /** The portal may ask for a one-time code after this page. */
    fillOpening: Effect.fn("RegisterPages.fillOpening")(function* (
      { days, from, to }: RestaurantOpening,
      restaurantId: string
    ) {
      yield* Effect.forEach(weekdays, (day) => portal.tick(field(day), days.includes(day)))
      yield* fillAll({ From: from, To: to })
      if (!(yield* stayIn(goOn))) return false
      const codePage = makeCodePage(portal)
      if (!(yield* codePage.isOpen)) return true
      const asked = yield* codePage.pass(restaurantId)
      if (yield* portal.has(restaurantField)) return yield* codePage.backAtStart(restaurantId, asked)
      return true
    }),

    /** Sends the last page. False when the portal refused it. */
    confirm: Effect.gen(function* () {
      yield* portal.tick(field("I accept the terms"), true)
      const answer = yield* stayIn(portal.press(button("Create restaurant")))
      return answer.status < 400
    })
  }
}
