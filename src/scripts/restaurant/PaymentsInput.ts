/**
 * What the payments scripts are told. All that says who somebody is, or whose money goes where, is a secret: sealed in
 * the database, hidden in logs and pictures.
 */
import { Schema } from "effect"
import { Secret } from "../../domain/Secret.ts"

const personal = (title: string, description: string) => Secret.pipe(Schema.annotateEncoded({ title, description }))

const Text = Schema.String.check(Schema.isNonEmpty(), Schema.isMaxLength(200))

export const Bank = Schema.Struct({
  holder: personal("Account holder", "As the bank knows them."),
  iban: personal("IBAN", "Of the account that payouts go to.")
})

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
  birthDate: personal("Date of birth", "As in 1980-02-29."),
  email: personal("Personal e-mail", "Where the provider writes to this person."),
  phone: personal("Telephone", "With the country's prefix.")
})

/** An account that exists in no bank. */
export const practiceBank = { holder: "Trattoria Roma S.r.l.", iban: "IT60 X054 2811 1010 0000 0123 456" }
