/**
 * What the payments scripts are told. All that says who somebody is, or whose money goes where, is a secret: sealed in
 * the database, hidden in logs and pictures.
 */
import { Redacted, Schema } from "effect"
import { Secret } from "../../domain/Secret.ts"
import { EMAIL_PATTERN } from "./Account.ts"

const personal = (title: string, description: string) => Secret.pipe(Schema.annotateEncoded({ title, description }))

/** The words of a check never repeat the value. */
const checked = (title: string, description: string, isRight: (text: string) => boolean, problem: string) =>
  personal(title, description).check(Schema.makeFilter((value) => isRight(Redacted.value(value)) || problem))

const isEmail = (text: string): boolean => EMAIL_PATTERN.test(text) && text.length <= 200

/** A day that the calendar has, as date fields of browsers take it. */
const isDay = (text: string): boolean => {
  const day = new Date(`${text}T00:00:00Z`)
  return /^\d{4}-\d{2}-\d{2}$/u.test(text) && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}

const Text = Schema.String.check(Schema.isNonEmpty(), Schema.isMaxLength(200))

export const Bank = Schema.Struct({
  holder: personal("Account holder", "As the bank knows them."),
  iban: personal("IBAN", "Of the account that payouts go to.")
})

/** The end of the account number, as portals show it: enough to tell two accounts apart, and no secret. */
export const endingOf = ({ iban }: typeof Bank.Type): string =>
  Redacted.value(iban).replace(/\s/gu, "").slice(-4).toUpperCase()

export const Business = Schema.Struct({
  legalName: Text.annotate({ title: "Legal name", description: "As in the trade register." }),
  businessType: Text.annotate({
    title: "Business type",
    description: "As the provider offers it: Company, Sole trader."
  }),
  taxNumber: personal("Tax number", "VAT or tax number of the business."),
  street: Text.annotate({ title: "Street and number" }),
  postcode: Text.annotate({ title: "Postcode" }),
  city: Text.annotate({ title: "City" }),
  country: Text.annotate({ title: "Country", description: "In English: Italy." })
})

export const Representative = Schema.Struct({
  firstName: personal("First name", "Of the person who may sign for the business."),
  lastName: personal("Last name", "Of the same person."),
  birthDate: checked("Date of birth", "As in 1980-02-29.", isDay, "has to be a date such as 1980-02-29"),
  email: checked(
    "Personal e-mail",
    "Where the provider writes to this person.",
    isEmail,
    "has to be an e-mail address"
  ),
  phone: personal("Telephone", "With the country's prefix.")
})

/** An account that exists in no bank. */
export const practiceBank = { holder: "Trattoria Roma S.r.l.", iban: "IT60 X054 2811 1010 0000 0123 456" }
