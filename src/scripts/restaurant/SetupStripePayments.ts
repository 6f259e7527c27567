/**
 * `setup-stripe-payments`: connects a restaurant with its payments provider. The portal leads to the provider's own
 * pages, which keep what was entered and open where somebody stopped; so does each step here. They may have been left
 * by somebody else, with other details: so what they are about to send is compared with the input first.
 */
import { Effect, Redacted, Schema } from "effect"
import { FatalError, type JobError } from "../../domain/JobError.ts"
import { defineJobType, type JobType } from "../../domain/JobType.ts"
import { Steps } from "../../domain/Steps.ts"
import { accountFields, practiceAccount } from "./Account.ts"
import { isSameName } from "./Names.ts"
import { Bank, Business, endingOf, practiceBank, Representative } from "./PaymentsInput.ts"
import type { Value, Values } from "./portal/Form.ts"
import { type Application, makeOnboardingPages, type Stage, stages } from "./portal/OnboardingPages.ts"
import { makePaymentsPage } from "./portal/PaymentsPage.ts"
import { openPortal, type Portal } from "./portal/Portal.ts"
import { makeSignInPage } from "./portal/SignInPage.ts"

const Input = Schema.Struct({
  ...accountFields,
  business: Business.annotate({ title: "Business" }),
  representative: Representative.annotate({ title: "Representative", description: "The person behind the business." }),
  bank: Bank.annotate({ title: "Bank account", description: "Where the payouts go." })
})

const Result = Schema.Struct({
  connected: Schema.Boolean.annotate({ title: "Connected" }),
  wasConnected: Schema.Boolean.annotate({ title: "Was connected before" }),
  accountId: Schema.String.annotate({ title: "Account ID", description: "Of the payments provider." }),
  accountEnding: Schema.optionalKey(Schema.String.annotate({ title: "Payouts go to the account that ends in" }))
})

const noLink = new FatalError({
  code: "NOT_FOUND",
  message: "The portal offers this restaurant no way to the payments provider.",
  hint: "Run “Set up payments without a link” instead: it sends the bank details, and a person at the provider decides."
})

const stageTitles: Record<Stage, string> = {
  business: "the business details",
  representative: "the representative",
  bank: "the bank account",
  review: "the application"
}

// The provider's own words are not repeated: they may quote a person or an account.
const refused = (stage: Stage) =>
  new FatalError({
    code: "VALIDATION_ERROR",
    message: `The payments provider refused ${stageTitles[stage]}.`,
    hint: "Check them in the input: something is missing or not written as the provider wants it."
  })

const otherPage = (stage: Stage) =>
  new FatalError({
    code: "ELEMENT_NOT_FOUND",
    message: `The payments provider has changed: it does not ask for ${stageTitles[stage]} where it did.`,
    hint: "Trying again does not help. The script has to learn the new pages; what was entered so far is kept."
  })

const unknownPage = new FatalError({
  code: "ELEMENT_NOT_FOUND",
  message: "The payments provider has changed: the portal leads to a page of it that the script does not know.",
  hint: "Look at it by hand: the provider may want something new. What was entered so far is kept."
})

/** What the portal shows of the account goes into results as well, so it may be named. */
const otherDetails = (what: ReadonlyArray<string>) =>
  new FatalError({
    code: "ALREADY_EXISTS",
    message: `The payments provider has other details from before: ${what.join(", ")}. The application was not sent.`,
    hint: "Correct them by hand at the provider: the portal's payments page leads there. Then run the job again."
  })

const otherAccount = (ending: string) =>
  new FatalError({
    code: "ALREADY_EXISTS",
    message: `The restaurant is connected with another account than the input's: one that ends in ${ending}.`,
    hint: "Somebody else connected it meanwhile. Look at the payments page of the portal before money goes there."
  })

/** Whether the restaurant is connected already. */
const look = Effect.fn("lookAtPayments")(function* (portal: Portal) {
  const state = yield* makePaymentsPage(portal).read
  if (state.status === "connected") {
    yield* Effect.logInfo("Payments are connected already")
    return true
  }
  return state.hasLink ? false : yield* noLink
})

/** The form that is next; none when the restaurant is connected. */
const currentStage = Effect.fn("currentStage")(function* (portal: Portal) {
  const pages = makeOnboardingPages(portal)
  const open = yield* pages.stage
  if (open !== undefined) return open
  const payments = makePaymentsPage(portal)
  const isConnected = Effect.map(payments.read, ({ status }) => status === "connected")
  if (yield* isConnected) return undefined
  yield* payments.connect
  const next = yield* pages.stage
  if (next !== undefined) return next
  // The portal leads back when somebody connected it meanwhile.
  return (yield* isConnected) ? undefined : yield* unknownPage
})

/** Does nothing when the provider has it already. */
const pass = Effect.fn("passStage")(function* (
  portal: Portal,
  stage: Stage,
  values: Values,
  check: Effect.Effect<void, JobError> = Effect.void
) {
  const next = yield* currentStage(portal)
  if (next !== undefined && stages.indexOf(next) < stages.indexOf(stage)) return yield* otherPage(next)
  if (next !== stage) return true
  yield* check
  if (!(yield* makeOnboardingPages(portal).pass(stage, values))) return yield* refused(stage)
  yield* Effect.logInfo(`The payments provider took ${stageTitles[stage]}`)
  return true
})

/** The application that is about to be sent has to be that of the input. */
const checkApplication = Effect.fn("checkApplication")(function* (portal: Portal, wanted: Application) {
  const shown = yield* makeOnboardingPages(portal).review
  const different = [
    ...(isSameName(shown.legalName, wanted.legalName) ? [] : [`the legal name “${shown.legalName}”`]),
    ...(isSameName(shown.city, wanted.city) ? [] : [`the city “${shown.city}”`]),
    ...(shown.accountEnding === wanted.accountEnding ? [] : [`an account that ends in ${shown.accountEnding}`])
  ]
  if (different.length > 0) return yield* otherDetails(different)
})

const verify = Effect.fn("verifyPayments")(function* (portal: Portal, expectedEnding: string | undefined) {
  const { accountEnding, accountId, status } = yield* makePaymentsPage(portal).read
  if (status === "connected" && accountId !== undefined) {
    const isOther = expectedEnding !== undefined && accountEnding !== undefined && accountEnding !== expectedEnding
    if (isOther) return yield* otherAccount(accountEnding)
    return { connected: true, accountId, ...(accountEnding !== undefined && { accountEnding }) }
  }
  return yield* new FatalError({
    code: "VALIDATION_ERROR",
    message: "The portal does not show the restaurant as connected, though the provider took everything.",
    hint: "The provider may want to see documents first. Look at the payments page of the portal."
  })
})

const { wasConnected: _, ...verified } = Result.fields
const Verified = Schema.Struct(verified)

const opened = (texts: Readonly<Record<string, string | Redacted.Redacted<string>>>): Values =>
  Object.fromEntries(
    Object.entries(texts).map(([name, text]): [string, Value] => [
      name,
      Redacted.isRedacted(text) ? Redacted.value(text) : text
    ])
  )

export const makeSetupStripePayments = (portalUrl: Effect.Effect<URL, JobError>): JobType =>
  defineJobType({
    name: "setup-stripe-payments",
    title: "Set up payments",
    description:
      "Connects a restaurant with its payments provider: business, representative, bank account, application.",
    lane: "browser",
    input: Input,
    result: Result,
    steps: [
      { name: "sign-in", title: "Sign in" },
      { name: "look", title: "Look whether it is connected" },
      { name: "business", title: "Enter the business" },
      { name: "representative", title: "Enter the representative" },
      { name: "bank", title: "Enter the bank account" },
      { name: "submit", title: "Send the application" },
      { name: "verify", title: "Check the connection" }
    ],
    example: {
      ...practiceAccount,
      business: {
        legalName: "Trattoria Roma S.r.l.",
        businessType: "Company",
        taxNumber: "IT01234567890",
        street: "Via Cavour 12",
        postcode: "00184",
        city: "Roma",
        country: "Italy"
      },
      representative: {
        firstName: "Practice",
        lastName: "Person",
        birthDate: "1980-02-29",
        email: "person@example.com",
        phone: "+39 06 5550100"
      },
      bank: practiceBank
    },
    run: ({ bank, business, representative, ...credentials }) =>
      Effect.gen(function* () {
        const steps = yield* Steps
        const portal = yield* openPortal(yield* portalUrl)
        const step = (name: string, stage: Stage, values: Values) =>
          steps.run(name, Schema.Boolean, pass(portal, stage, values))

        yield* steps.prepare("sign-in", makeSignInPage(portal).signIn(credentials))
        const wasConnected = yield* steps.run("look", Schema.Boolean, look(portal))
        if (!wasConnected) {
          yield* step("business", "business", opened(business))
          yield* step("representative", "representative", opened(representative))
          yield* step("bank", "bank", opened(bank))
          const application = checkApplication(portal, { ...business, accountEnding: endingOf(bank) })
          yield* steps.run("submit", Schema.Boolean, pass(portal, "review", { agrees: true }, application))
        }
        const seen = yield* steps.run("verify", Verified, verify(portal, wasConnected ? undefined : endingOf(bank)))
        return { ...seen, wasConnected }
      })
  })
