import { Effect, Redacted } from "effect"
import { button, field } from "./Controls.ts"
import { makeForm } from "./Form.ts"
import type { Portal } from "./Portal.ts"

export interface BankAccount {
  readonly holder: Redacted.Redacted<string>
  readonly iban: Redacted.Redacted<string>
}

export const makeBankDetailsPage = (portal: Portal) => {
  const form = makeForm(portal, { holder: field("Account holder"), iban: field("IBAN") }, button("Send for review"))
  return {
    /** Whether the portal took them. */
    send: Effect.fn("BankDetailsPage.send")(function* ({ holder, iban }: BankAccount) {
      yield* portal.open("payments/bank-details")
      const words = yield* form.save({ holder: Redacted.value(holder), iban: Redacted.value(iban) })
      return words === undefined
    })
  }
}
