/** The account of the portal that a restaurant script signs in with: the first fields of its input. */
import { Schema } from "effect"
import { Secret } from "../../domain/Secret.ts"

export const accountFields = {
  restaurantId: Schema.String.check(Schema.isPattern(/^[a-z0-9-]{1,64}$/u)).annotate({
    title: "Restaurant ID",
    description: "The restaurant's id in the portal: lower-case letters, digits and dashes."
  }),
  email: Schema.String.annotate({ title: "E-mail", description: "Of the portal account.", format: "email" }).check(
    Schema.isPattern(/^[^@\s]+@[^@\s]+$/u),
    Schema.isMaxLength(200)
  ),
  password: Secret.pipe(Schema.annotateEncoded({ title: "Password", description: "Of the portal account." }))
}

/** The one account of the practice portal. */
export const practiceAccount = {
  restaurantId: "trattoria-roma",
  email: "practice@example.com",
  password: "practice-password"
}
