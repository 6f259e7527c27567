/** The payments provider's own pages, which the portal sends to: one form after the other, and back at the end. */
import { Effect } from "effect"
import { button, field, rowsOf } from "./Controls.ts"
import { makeForm, type Values } from "./Form.ts"
import type { Control, Portal } from "./Portal.ts"

/** In the order in which the provider asks. */
export const stages = ["business", "representative", "bank", "review"] as const
export type Stage = (typeof stages)[number]

const headings: Readonly<Record<string, Stage>> = {
  "Business details": "business",
  Representative: "representative",
  "Bank account": "bank",
  "Review and submit": "review"
}

const goOn = button("Continue")

/** What is about to be sent, as the last page shows it. */
export interface Application {
  readonly legalName: string
  readonly city: string
  /** The end of the account number that payouts would go to. */
  readonly accountEnding: string
}

const caption = "Your application"
const summary: Control = {
  name: `the table “${caption}”`,
  locate: (page) => page.getByRole("table", { name: caption, exact: true })
}

export const makeOnboardingPages = (portal: Portal) => {
  const forms = {
    business: makeForm(
      portal,
      {
        legalName: field("Legal name"),
        businessType: field("Business type"),
        taxNumber: field("Tax number"),
        street: field("Street and number"),
        postcode: field("Postcode"),
        city: field("City"),
        country: field("Country")
      },
      goOn
    ),
    representative: makeForm(
      portal,
      {
        firstName: field("First name"),
        lastName: field("Last name"),
        birthDate: field("Date of birth"),
        email: field("E-mail"),
        phone: field("Telephone")
      },
      goOn
    ),
    bank: makeForm(portal, { holder: field("Account holder"), iban: field("IBAN") }, goOn),
    review: makeForm(portal, { agrees: field("I agree to the terms of service") }, button("Submit"))
  }
  return {
    /** The form that is open; none on any other page. */
    stage: portal
      .use((page) => page.getByRole("heading", { level: 1 }).allInnerTexts())
      .pipe(Effect.map(([text = ""]) => headings[text])),
    /** What the open last page is about to send. */
    review: Effect.gen(function* () {
      yield* portal.find(summary)
      const rows = yield* portal.use((page) => rowsOf(page, caption))
      const texts = new Map(rows.map(({ cells: [label = "", text = ""] }) => [label, text]))
      const application: Application = {
        legalName: texts.get("Legal name") ?? "",
        city: texts.get("City") ?? "",
        accountEnding: /ending in (\S+)$/u.exec(texts.get("Payouts") ?? "")?.[1] ?? ""
      }
      return application
    }),
    /** Fills in the open form and goes on. Whether the provider took it. */
    pass: (stage: Stage, values: Values) => Effect.map(forms[stage].save(values), (words) => words === undefined)
  }
}
