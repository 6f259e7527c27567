/** The payments provider's own pages, which the portal sends to: one form after the other, and back at the end. */
import { Effect } from "effect"
import { button, field } from "./Controls.ts"
import { makeForm, type Values } from "./Form.ts"
import type { Portal } from "./Portal.ts"

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
    /** Fills in the open form and goes on. Whether the provider took it. */
    pass: (stage: Stage, values: Values) => Effect.map(forms[stage].save(values), (words) => words === undefined)
  }
}
