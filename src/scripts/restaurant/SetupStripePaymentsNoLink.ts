/**
 * `setup-stripe-payments-no-link`: for restaurants that the portal offers no onboarding link. It sends the bank details
 * once, and reports that a person at the payments provider has to go on. It never replaces details that were sent.
 */
import { Effect, Schema } from "effect"
import { FatalError, type JobError } from "../../domain/JobError.ts"
import { defineJobType, type JobType } from "../../domain/JobType.ts"
import { Steps } from "../../domain/Steps.ts"
import { accountFields, practiceAccount } from "./Account.ts"
import { Bank, endingOf, practiceBank } from "./PaymentsInput.ts"
import { type BankAccount, makeBankDetailsPage } from "./portal/BankDetailsPage.ts"
import { makePaymentsPage, type PaymentsState } from "./portal/PaymentsPage.ts"
import { openPortal, type Portal } from "./portal/Portal.ts"
import { makeSignInPage } from "./portal/SignInPage.ts"

const Input = Schema.Struct({
  ...accountFields,
  bank: Bank.annotate({ title: "Bank account", description: "Where the payouts go." })
})

const Outcome = Schema.Struct({
  status: Schema.Literals(["connected", "waiting"]).annotate({
    title: "Status",
    description: "Connected: nothing is left to do. Waiting: a person at the payments provider has to decide."
  }),
  reference: Schema.optionalKey(Schema.String.annotate({ title: "Reference", description: "Of the request." })),
  accountEnding: Schema.optionalKey(Schema.String.annotate({ title: "Payouts go to the account that ends in" })),
  toDo: Schema.String.annotate({ title: "What is left to do" })
})

const Result = Schema.Struct({
  sent: Schema.Boolean.annotate({ title: "Bank details were sent by this job" }),
  ...Outcome.fields
})

const hasLink = new FatalError({
  code: "VALIDATION_ERROR",
  message: "The portal offers this restaurant the way to the payments provider, so nobody has to decide by hand.",
  hint: "Run “Set up payments” instead. Nothing was changed."
})

const refused = new FatalError({
  code: "VALIDATION_ERROR",
  message: "The portal refused the bank details.",
  hint: "Check the account holder and the IBAN in the input."
})

const otherAccount = (ending: string) =>
  new FatalError({
    code: "ALREADY_EXISTS",
    message: `Other bank details were sent before: an account that ends in ${ending}. They were left as they are.`,
    hint: "Ask the payments provider to drop the first request, or run the job with the account that was sent."
  })

/** A request that waits has to be for the account of the input. */
const checkAccount = (state: PaymentsState, bank: BankAccount) =>
  state.status === "waiting" && state.accountEnding !== undefined && state.accountEnding !== endingOf(bank)
    ? Effect.fail(otherAccount(state.accountEnding))
    : Effect.succeed(state)

/** Whether the bank details have to be sent. */
const look = Effect.fn("lookForRequest")(function* (portal: Portal, bank: BankAccount) {
  const state = yield* makePaymentsPage(portal).read
  yield* checkAccount(state, bank)
  if (state.status !== "none") {
    yield* Effect.logInfo(state.status === "connected" ? "Payments are connected" : "The bank details were sent before")
    return false
  }
  return state.hasLink ? yield* hasLink : true
})

/** Looks again first: an attempt that was cut off may have sent them. */
const send = Effect.fn("sendBankDetails")(function* (portal: Portal, bank: BankAccount) {
  const state = yield* Effect.flatMap(makePaymentsPage(portal).read, (now) => checkAccount(now, bank))
  if (state.status !== "none") return true
  if (!(yield* makeBankDetailsPage(portal).send(bank))) return yield* refused
  yield* Effect.logInfo("The portal took the bank details")
  return true
})

const verify = Effect.fn("verifyRequest")(function* (portal: Portal) {
  const { accountEnding, reference, status } = yield* makePaymentsPage(portal).read
  const found = {
    ...(reference !== undefined && { reference }),
    ...(accountEnding !== undefined && { accountEnding })
  }
  if (status === "connected") return { status, toDo: "Nothing: payments are connected.", ...found }
  if (status === "waiting") {
    const toDo =
      "A person at the payments provider has to look at the bank details. Run this job again to see how it went."
    return { status, toDo, ...found }
  }
  return yield* new FatalError({
    code: "VALIDATION_ERROR",
    message: "The portal took the bank details, but shows no request.",
    hint: "Look at the payments page of the portal."
  })
})

export const makeSetupStripePaymentsNoLink = (portalUrl: Effect.Effect<URL, JobError>): JobType =>
  defineJobType({
    name: "setup-stripe-payments-no-link",
    title: "Set up payments without a link",
    description: "Sends a restaurant's bank details where the portal offers no onboarding link; a person then decides.",
    lane: "browser",
    input: Input,
    result: Result,
    steps: [
      { name: "sign-in", title: "Sign in" },
      { name: "look", title: "Look what was sent before" },
      { name: "send", title: "Send the bank details" },
      { name: "verify", title: "Check the request" }
    ],
    example: {
      ...practiceAccount,
      restaurantId: "osteria-new",
      bank: { ...practiceBank, holder: "Osteria Nuova S.r.l." }
    },
    run: ({ bank, ...credentials }) =>
      Effect.gen(function* () {
        const steps = yield* Steps
        const portal = yield* openPortal(yield* portalUrl)

        yield* steps.prepare("sign-in", makeSignInPage(portal).signIn(credentials))
        const sent = yield* steps.run("look", Schema.Boolean, look(portal, bank))
        if (sent) yield* steps.run("send", Schema.Boolean, send(portal, bank))
        return { ...(yield* steps.run("verify", Outcome, verify(portal))), sent }
      })
  })
