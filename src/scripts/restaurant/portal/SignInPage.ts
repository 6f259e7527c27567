import { Effect, Redacted } from "effect"
import { FatalError } from "../../../domain/JobError.ts"
import { makeCodePage } from "./CodePage.ts"
import { button, field } from "./Controls.ts"
import type { Portal } from "./Portal.ts"

export interface Credentials {
  readonly restaurantId: string
  readonly email: string
  readonly password: Redacted.Redacted<string>
}

const restaurantField = field("Restaurant ID")
const emailField = field("E-mail")
const passwordField = field("Password")
const signInButton = button("Sign in")

// The portal's own message is not repeated: it may quote the e-mail.
const refused = (restaurantId: string) =>
  new FatalError({
    code: "INVALID_CREDENTIALS",
    message: `The portal refused the sign-in to “${restaurantId}”: the restaurant, the e-mail or the password is wrong.`,
    hint: "Sign in by hand to check them, then retry with changes."
  })

export const makeSignInPage = (portal: Portal) => {
  /** False when the portal does not know the restaurant, the e-mail or the password. */
  const tryToSignIn = Effect.fn("SignInPage.tryToSignIn")(function* ({ email, password, restaurantId }: Credentials) {
    const opened = yield* portal.visit("sign-in")
    yield* portal.fill(restaurantField, restaurantId)
    yield* portal.fill(emailField, email)
    yield* portal.fill(passwordField, Redacted.value(password))
    const answer = yield* portal.press(signInButton)
    // A portal may also show its form again with 200.
    if (answer.status === 401 || answer.path === opened.path) return false
    const codePage = makeCodePage(portal)
    if (!(yield* codePage.isOpen)) return true
    yield* codePage.pass(restaurantId)
    // Too many wrong codes lead back to the start.
    if (yield* portal.has(signInButton)) return yield* codePage.refused(restaurantId)
    return true
  })

  return {
    tryToSignIn,
    signIn: (credentials: Credentials) =>
      Effect.flatMap(tryToSignIn(credentials), (isIn) =>
        isIn ? Effect.void : Effect.fail(refused(credentials.restaurantId))
      )
  }
}
