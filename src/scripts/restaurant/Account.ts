/** The account of the portal that a restaurant script signs in with: the first fields of its input. */
import { Schema, SchemaTransformation } from "effect"
import { Secret } from "../../domain/Secret.ts"

/** As browsers check a field for an e-mail address: what they refuse, no form can send. */
const EMAIL_PATTERN =
  /^[\w.!#$%&'*+/=?^`{|}~-]+@[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?)*$/u

const isAscii = (text: string): boolean => /^[!-~]*$/u.test(text)

/** Empty where there can be no such domain. */
const domainToAscii = (domain: string): string => URL.parse(`http://${domain}`)?.hostname ?? ""

/** With its domain as mail servers know it: `xn--mnchen-3ya.de` for `münchen.de`. */
const asciiEmail = (email: string): string => {
  const at = email.lastIndexOf("@") + 1
  return isAscii(email) ? email : email.slice(0, at) + domainToAscii(email.slice(at))
}

/** A browser would translate a domain with other letters by itself, and ß to ss, which is another domain. */
export const email = (title: string, description: string) =>
  Schema.String.annotate({ title, description, format: "email" })
    .check(
      Schema.makeFilter(
        (text: string) =>
          !EMAIL_PATTERN.test(text) || EMAIL_PATTERN.test(asciiEmail(text)) || "has a domain that cannot exist"
      ),
      Schema.isPattern(EMAIL_PATTERN),
      Schema.isMaxLength(200)
    )
    .pipe(
      Schema.decodeTo(Schema.String, SchemaTransformation.transform({ decode: asciiEmail, encode: (text) => text }))
    )

/** For secrets: only what the input holds is known to whoever hides them, and it has to be what the page shows. */
export const isAsciiEmail = (text: string): boolean => isAscii(text) && EMAIL_PATTERN.test(text) && text.length <= 200

export const accountFields = {
  restaurantId: Schema.String.check(Schema.isPattern(/^[a-z0-9-]{1,64}$/u)).annotate({
    title: "Restaurant ID",
    description: "The restaurant's id in the portal: lower-case letters, digits and dashes."
  }),
  email: email("E-mail", "Of the portal account."),
  password: Secret.pipe(Schema.annotateEncoded({ title: "Password", description: "Of the portal account." }))
}

/** The one account of the practice portal. */
export const practiceAccount = {
  restaurantId: "trattoria-roma",
  email: "practice@example.com",
  password: "practice-password"
}
