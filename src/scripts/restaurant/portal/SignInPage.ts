import { Effect, Redacted } from "effect"
import { FatalError } from "../../../domain/JobError.ts"
import { makeCodePage } from "./CodePage.ts"
import { anyProblem, button, field } from "./Controls.ts"
import type { Portal } from "./Portal.ts"
import { sessionExpired } from "./PortalAnswer.ts"

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
    if (answer.status === 401) return false
    if (answer.path === opened.path) {
      // A portal may also show its form again with 200. Sent back to it without a word, a browser has lost its session.
      if (answer.isRedirected && !(yield* portal.has(anyProblem))) return yield* Effect.fail(sessionExpired())
      return false
    }
    const codePage = makeCodePage(portal)
    if (!(yield* codePage.isOpen)) return true
    const asked = yield* codePage.pass(restaurantId)
    if (yield* portal.has(signInButton)) return yield* codePage.backAtStart(restaurantId, asked)
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
