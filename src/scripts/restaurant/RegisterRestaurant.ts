/**
 * `register-restaurant`: opens an account for a restaurant in the portal's wizard. The wizard keeps nothing before its
 * last page, so an attempt that was cut off fills it in again; signing in tells whether that page was sent before.
 */
import { Effect, Schema } from "effect"
import { FatalError, type JobError } from "../../domain/JobError.ts"
import { defineJobType, type JobType } from "../../domain/JobType.ts"
import { Secret } from "../../domain/Secret.ts"
import { Steps } from "../../domain/Steps.ts"
import { accountFields } from "./Account.ts"
import { openPortal, type Portal } from "./portal/Portal.ts"
import { makeProfilePage } from "./portal/ProfilePage.ts"
import { countries, makeRegisterPages, weekdays } from "./portal/RegisterPages.ts"
import { makeSignInPage } from "./portal/SignInPage.ts"
import { Time } from "./ServicesInput.ts"

const Line = Schema.String.check(Schema.isPattern(/\S/u), Schema.isMaxLength(100))

const Address = Schema.Struct({
  street: Line.annotate({ title: "Street", description: "With the number of the house." }),
  postalCode: Schema.String.check(Schema.isPattern(/^[A-Za-z0-9 -]{3,10}$/u)).annotate({ title: "Postal code" }),
  city: Line.annotate({ title: "City" }),
  country: Schema.Literals(countries).annotate({ title: "Country" }),
  phone: Schema.String.check(Schema.isPattern(/^\+?[0-9 ()/-]{6,20}$/u)).annotate({
    title: "Phone",
    description: "With the country's code: +39 06 1234567. A one-time code may be sent to it."
  })
})

const Opening = Schema.Struct({
  // A list of texts, because a form has a box for that, and none for a list of choices.
  days: Schema.Array(Schema.String.check(Schema.isPattern(new RegExp(`^(${weekdays.join("|")})$`, "u"))))
    .check(Schema.isMinLength(1), Schema.isMaxLength(7))
    .annotate({ title: "Open on", description: "Days of the week: Monday, Tuesday, Wednesday." }),
  from: Time.annotate({ title: "From", description: "Like 11:30." }),
  to: Time.annotate({ title: "To", description: "Like 22:00, later than the restaurant opens." })
})
  .annotate({ title: "Opening hours" })
  .check(Schema.makeFilter(({ from, to }) => from < to || "the restaurant has to open before it closes"))

const Input = Schema.Struct({
  ...accountFields,
  email: accountFields.email.annotate({ title: "E-mail", description: "Of the owner, for the new account." }),
  password: Secret.pipe(
    Schema.annotateEncoded({ title: "Password", description: "For the new account: at least 10 characters." })
  ),
  name: Line.annotate({ title: "Restaurant name", description: "As guests know it." }),
  address: Address.annotate({ title: "Address" }),
  opening: Opening
})
type Input = typeof Input.Type

const Result = Schema.Struct({
  registered: Schema.Boolean.annotate({
    title: "Registered by this job",
    description: "No when the restaurant had this account before."
  }),
  restaurantId: Schema.String.annotate({ title: "Restaurant ID" })
})

const taken = (what: string) =>
  new FatalError({
    code: "ALREADY_EXISTS",
    message: `${what} Nothing was registered.`,
    hint: "If it is the same restaurant, sign in by hand with its account: its password may be another one."
  })

const refused = (what: string, hint = "Try the same by hand in the portal: it says there what it does not accept.") =>
  new FatalError({ code: "VALIDATION_ERROR", message: `The portal refused ${what}.`, hint })

const different = (restaurantId: string, what: ReadonlyArray<string>) =>
  new FatalError({
    code: "ALREADY_EXISTS",
    message: `“${restaurantId}” is registered with other details: ${what.join(", ")}.`,
    hint: "This job registers restaurants and does not change them. Correct the details in the portal, or in the job."
  })

const fillAccount = Effect.fn("fillAccount")(function* (portal: Portal, owner: Input) {
  const answer = yield* makeRegisterPages(portal).fillAccount(owner)
  switch (answer) {
    case "id taken":
      return yield* taken(`The restaurant ID ${owner.restaurantId} is in use.`)
    case "e-mail taken":
      return yield* taken("There is an account with this e-mail already.")
    case "refused":
      return yield* refused("the account", "The password may be too short: it needs at least 10 characters.")
    case "accepted":
      return undefined
  }
})

const orRefused = (what: string) => (isAccepted: boolean) => (isAccepted ? Effect.void : Effect.fail(refused(what)))

const words = (text: string) => text.trim().replace(/\s+/gu, " ")

/** The details as the portal writes them. */
const shownAs = ({ address, email, name, opening }: Input): Readonly<Record<string, string>> => ({
  "Restaurant name": words(name),
  "E-mail": email,
  Street: words(address.street),
  "Postal code": words(address.postalCode),
  City: words(address.city),
  Country: address.country,
  Phone: words(address.phone),
  "Open on": weekdays.filter((day) => opening.days.includes(day)).join(", "),
  Hours: `${opening.from} to ${opening.to}`
})

const verify = Effect.fn("verify")(function* (portal: Portal, input: Input) {
  const shown = yield* makeProfilePage(portal).read
  const wrong = Object.entries(shownAs(input)).filter(([label, text]) => shown.get(label) !== text)
  if (wrong.length > 0)
    return yield* different(
      input.restaurantId,
      wrong.map(([label]) => label)
    )
  yield* Effect.logInfo(`The portal shows ${input.restaurantId} with all details`)
  return true
})

const script = (portalUrl: Effect.Effect<URL, JobError>) => (input: Input) =>
  Effect.gen(function* () {
    const steps = yield* Steps
    const portal = yield* openPortal(yield* portalUrl)
    const pages = makeRegisterPages(portal)
    const signInPage = makeSignInPage(portal)
    // Asked once in each attempt: the first one tells what was there, a later one, in its first step of the wizard,
    // whether that was finished.
    const look = yield* Effect.cached(signInPage.tryToSignIn(input))
    const wasThere = yield* steps.run("look", Schema.Boolean, look)
    const unlessThere = <E, R>(work: Effect.Effect<unknown, E, R>) =>
      Effect.flatMap(look, (isThere) => (isThere ? Effect.void : work))

    yield* steps.prepare("account", unlessThere(fillAccount(portal, input)))
    yield* steps.prepare(
      "address",
      unlessThere(Effect.flatMap(pages.fillAddress(input.address), orRefused("the address")))
    )
    yield* steps.prepare(
      "opening",
      unlessThere(Effect.flatMap(pages.fillOpening(input.opening, input.restaurantId), orRefused("the opening hours")))
    )
    const create = pages.confirm.pipe(
      Effect.flatMap(orRefused("to create the restaurant")),
      Effect.andThen(Effect.logInfo(`Registered ${input.restaurantId}`)),
      Effect.andThen(signInPage.signIn(input))
    )
    yield* steps.prepare("create", unlessThere(create))
    yield* steps.run("verify", Schema.Boolean, verify(portal, input))

    return { registered: !wasThere, restaurantId: input.restaurantId }
  })

export const makeRegisterRestaurant = (portalUrl: Effect.Effect<URL, JobError>): JobType =>
  defineJobType({
    name: "register-restaurant",
    title: "Register a restaurant",
    description: "Opens an account for a new restaurant: its owner, address and opening hours.",
    lane: "browser",
    input: Input,
    result: Result,
    steps: [
      { name: "look", title: "See whether it exists" },
      { name: "account", title: "Fill in the account" },
      { name: "address", title: "Fill in the address" },
      { name: "opening", title: "Fill in the opening hours" },
      { name: "create", title: "Create the restaurant" },
      { name: "verify", title: "Check the details" }
    ],
    example: {
      restaurantId: "osteria-nova",
      name: "Osteria Nova",
      email: "owner@osteria-nova.example",
      password: "practice-password",
      address: {
        street: "Via del Corso 12",
        postalCode: "00186",
        city: "Roma",
        country: "Italy",
        phone: "+39 06 1234567"
      },
      opening: { days: ["Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"], from: "11:30", to: "22:00" }
    },
    timeout: "20 minutes",
    run: script(portalUrl)
  })
