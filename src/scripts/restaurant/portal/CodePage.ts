/** The page that asks for a one-time code. A script cannot know it, so it asks a person. */
import { Effect, Redacted } from "effect"
import { FatalError } from "../../../domain/JobError.ts"
import { Operator } from "../../../domain/Operator.ts"
import { anyProblem, button, field } from "./Controls.ts"
import type { Portal } from "./Portal.ts"
import { sessionExpired } from "./PortalAnswer.ts"

const codeField = field("Code")
const confirmButton = button("Confirm code")

/** People mistype, and an old message may be on top; after that it is somebody who guesses. */
const TRIES = 3

const refused = (restaurantId: string) =>
  new FatalError({
    code: "INVALID_CREDENTIALS",
    message: `The portal did not accept the one-time code for “${restaurantId}”.`,
    hint: "Each code works once and only for a short time. Retry the job, and wait for the newest message."
  })

export const makeCodePage = (portal: Portal) => {
  const ask = Effect.fn("CodePage.ask")(function* (restaurantId: string, attempt: number) {
    const operator = yield* Operator
    const code = yield* operator.prompt({
      kind: "otp",
      label: `${attempt === 1 ? "One-time code" : "That code was wrong. One-time code"} for ${restaurantId}`,
      hint: "The portal sent it to the phone of the restaurant's owner."
    })
    yield* portal.fill(codeField, Redacted.value(code).trim())
    yield* portal.press(confirmButton)
    return yield* portal.has(codeField)
  })

  return {
    isOpen: portal.has(codeField),
    /** Asks a person for the code until the page has gone, and gives how often. The next page may still refuse. */
    pass: Effect.fn("CodePage.pass")(function* (restaurantId: string) {
      for (let attempt = 1; attempt <= TRIES; attempt++) {
        if (!(yield* ask(restaurantId, attempt))) return attempt
      }
      return yield* refused(restaurantId)
    }),
    /** Too many wrong codes lead back to the start, and so does a session that is lost again at once. */
    backAtStart: (restaurantId: string, asked: number) =>
      Effect.flatMap(portal.has(anyProblem), (isTold) =>
        Effect.fail(isTold || asked === TRIES ? refused(restaurantId) : sessionExpired())
      )
  }
}
