/**
 * `setup-system-settings`: time zone, currency, language, taxes, order e-mails and receipts of a restaurant. What the
 * input leaves out stays as it is. The form is saved only when something differs.
 */
import { Effect, Schema } from "effect"
import type { JobError } from "../../domain/JobError.ts"
import { defineJobType, type JobType } from "../../domain/JobType.ts"
import { Steps } from "../../domain/Steps.ts"
import { accountFields, EMAIL_PATTERN, practiceAccount } from "./Account.ts"
import { hasTwoDecimals } from "./decimals.ts"
import { differences, notKept, type Value, type Values } from "./portal/Form.ts"
import { openPortal, type Portal } from "./portal/Portal.ts"
import { makeSettingsPage, readSettings, type SettingName, settingTitles } from "./portal/SettingsPage.ts"
import { makeSignInPage } from "./portal/SignInPage.ts"

// Words are kept with the last check, and a filter is not in JSON Schema; so it comes first.
const Rate = Schema.Finite.check(
  Schema.makeFilter((rate: number) => hasTwoDecimals(rate) || "has at most two decimals"),
  Schema.isBetween({ minimum: 0, maximum: 100 })
)

const settings = {
  timeZone: Schema.optionalKey(
    Schema.String.check(Schema.isPattern(/^[A-Za-z_]+(\/[A-Za-z_+-]+)*$/u), Schema.isMaxLength(60)).annotate({
      title: "Time zone",
      description: "Europe/Rome. Opening hours and receipts are in it."
    })
  ),
  currency: Schema.optionalKey(
    Schema.String.check(Schema.isPattern(/^[A-Z]{3}$/u)).annotate({
      title: "Currency",
      description: "Three letters: EUR."
    })
  ),
  language: Schema.optionalKey(
    Schema.String.check(Schema.isPattern(/^[a-z]{2}$/u)).annotate({
      title: "Language",
      description: "Of receipts and e-mails, two letters: it."
    })
  ),
  standardTax: Schema.optionalKey(Rate.annotate({ title: "Standard tax rate", description: "In per cent." })),
  reducedTax: Schema.optionalKey(
    Rate.annotate({ title: "Reduced tax rate", description: "In per cent, not more than the standard one." })
  ),
  pricesIncludeTax: Schema.optionalKey(Schema.Boolean.annotate({ title: "Prices include tax" })),
  orderEmail: Schema.optionalKey(
    Schema.String.check(Schema.isPattern(EMAIL_PATTERN), Schema.isMaxLength(200)).annotate({
      title: "Order e-mail",
      description: "Where news of each order go.",
      format: "email"
    })
  ),
  sendsOrderEmail: Schema.optionalKey(Schema.Boolean.annotate({ title: "Send an e-mail for each order" })),
  receiptText: Schema.optionalKey(
    Schema.String.check(Schema.isMaxLength(500)).annotate({
      title: "Receipt text",
      description: "At the end of each receipt.",
      format: "textarea"
    })
  )
}

const Settings = Schema.Struct(settings)

const Input = Schema.Struct({
  ...accountFields,
  settings: Settings.annotate({ title: "Settings", description: "What is left out stays as it is." }).check(
    Schema.makeFilter((wishes) => Object.keys(wishes).length > 0 || "must name at least one setting"),
    Schema.makeFilter(
      ({ reducedTax = 0, standardTax = 100 }) =>
        reducedTax <= standardTax || "the reduced tax rate is higher than the standard one"
    )
  )
})

const Titles = Schema.Array(Schema.String)

const Result = Schema.Struct({
  changed: Titles.annotate({ title: "Settings that were changed" }),
  unchanged: Titles.annotate({ title: "Settings that were right before" })
})

/** As the form of the portal holds them. */
const wantedOf = (wishes: typeof Settings.Type): Values =>
  Object.fromEntries(
    Object.entries(wishes).map(([name, value]): [string, Value] => [
      name,
      typeof value === "boolean" ? value : String(value).trim().replaceAll("\r\n", "\n")
    ])
  )

const titlesOf = (names: ReadonlyArray<string>) => names.map((name) => settingTitles[name as SettingName])

const compare = Effect.fn("compareSettings")(function* (portal: Portal, wanted: Values) {
  const different = differences(yield* readSettings(portal), wanted)
  yield* Effect.logInfo(
    different.length === 0 ? "All settings are right" : `To change: ${titlesOf(different).join(", ")}`
  )
  return different
})

const save = Effect.fn("saveSettings")(function* (portal: Portal, wanted: Values) {
  const page = makeSettingsPage(portal)
  yield* page.open
  const wasSaved = yield* page.form.bringTo("the settings", wanted)
  yield* Effect.logInfo(wasSaved ? "Saved the settings" : "There is nothing to save")
  return true
})

const verify = Effect.fn("verifySettings")(function* (portal: Portal, wanted: Values) {
  const different = differences(yield* readSettings(portal), wanted)
  if (different.length > 0) return yield* notKept("the settings", titlesOf(different))
  return true
})

export const makeSetupSystemSettings = (portalUrl: Effect.Effect<URL, JobError>): JobType =>
  defineJobType({
    name: "setup-system-settings",
    title: "Set up system settings",
    description: "Sets the time zone, currency, language, taxes, order e-mails and receipt text of a restaurant.",
    lane: "browser",
    input: Input,
    result: Result,
    steps: [
      { name: "sign-in", title: "Sign in" },
      { name: "compare", title: "Compare the settings" },
      { name: "save", title: "Save what differs" },
      { name: "verify", title: "Check the settings" }
    ],
    example: {
      ...practiceAccount,
      settings: {
        timeZone: "Europe/Rome",
        currency: "EUR",
        language: "it",
        standardTax: 22,
        reducedTax: 10,
        pricesIncludeTax: true,
        orderEmail: "orders@example.com",
        sendsOrderEmail: true,
        receiptText: "Grazie e a presto!"
      }
    },
    run: ({ settings: wishes, ...credentials }) =>
      Effect.gen(function* () {
        const steps = yield* Steps
        const portal = yield* openPortal(yield* portalUrl)
        const wanted = wantedOf(wishes)

        yield* steps.prepare("sign-in", makeSignInPage(portal).signIn(credentials))
        const different = yield* steps.run("compare", Titles, compare(portal, wanted))
        yield* steps.run("save", Schema.Boolean, save(portal, wanted))
        yield* steps.run("verify", Schema.Boolean, verify(portal, wanted))

        return {
          changed: titlesOf(different),
          unchanged: titlesOf(Object.keys(wanted).filter((name) => !different.includes(name)))
        }
      })
  })
