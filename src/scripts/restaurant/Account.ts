/** The account of the portal that a restaurant script signs in with: the first fields of its input. */
import { Schema } from "effect"
import { Secret } from "../../domain/Secret.ts"

/** As browsers check a field for an e-mail address: what they refuse, no form can send. */
export const EMAIL_PATTERN =
  /^[\w.!#$%&'*+/=?^`{|}~-]+@[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?)*$/u

export const accountFields = {
  restaurantId: Schema.String.check(Schema.isPattern(/^[a-z0-9-]{1,64}$/u)).annotate({
    title: "Restaurant ID",
    description: "The restaurant's id in the portal: lower-case letters, digits and dashes."
  }),
  email: Schema.String.annotate({ title: "E-mail", description: "Of the portal account.", format: "email" }).check(
    Schema.isPattern(EMAIL_PATTERN),
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
