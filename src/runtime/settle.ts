/** From how an attempt ended to what is recorded: the one place that decides between retry, failure and the rest. */
import { Cause, Effect, Exit, Option } from "effect"
import { delayBeforeRetry, type RetryPolicy } from "../domain/Backoff.ts"
import { FatalError, type JobError, RetryableError, toStoredError } from "../domain/JobError.ts"
import type { Claim, Outcome } from "../domain/JobQueue.ts"
import { redactSchemes } from "../domain/redact.ts"
import { classifyFailure } from "./classifyFailure.ts"
import { type Masker, shorten } from "./Masker.ts"
import type { AttemptEnd } from "./StopSignal.ts"

/** The thrown value, the failure, or a bug: a script that interrupts itself has one. */
export const failureOf = (cause: Cause.Cause<unknown>): JobError =>
  classifyFailure(Cause.hasInterruptsOnly(cause) ? new Error("The script interrupted itself.") : Cause.squash(cause))

const TIMED_OUT = new RetryableError({ code: "TIMEOUT", message: "The attempt took longer than it may." })

export interface SettleContext {
  readonly claim: Claim
  readonly retry: RetryPolicy
  readonly mask: Masker
  readonly step: string | undefined
}

/** A result or an output that the database refuses is a bug of the script. */
export const cannotBeStored = (what: string) =>
  new FatalError({
    code: "SCRIPT_DEFECT",
    message: `${what} cannot be stored: it is not JSON, too large (1 MiB, 8 MiB for all steps together), or not valid Unicode.`,
    hint: "Keep large data elsewhere, and give its address or a summary."
  })

/** Characters of a stored message or hint: a script may put a whole page into one, and lists show it. */
const LONGEST_WORDS = 2_000

/** What follows a scheme goes as a whole, then secrets by their value, because half of one is not recognised. */
const wordsOf = (mask: Masker, text: string): string => shorten(mask(redactSchemes(text)), LONGEST_WORDS)

const afterFailure = ({ claim, mask, retry, step }: SettleContext, error: JobError): Effect.Effect<Outcome> =>
  Effect.gen(function* () {
    const whole = toStoredError(error, step)
    const stored = {
      ...whole,
      message: wordsOf(mask, whole.message),
      ...(whole.hint !== undefined && { hint: wordsOf(mask, whole.hint) })
    }
    if (error._tag === "FatalError" || claim.retryCount >= claim.maxRetries) return { _tag: "Failed", error: stored }
    const delay = yield* delayBeforeRetry(retry, claim.retryCount + 1, error, claim.id)
    return Option.match(delay, {
      onNone: (): Outcome => ({ _tag: "Failed", error: stored }),
      onSome: (wait): Outcome => ({ _tag: "RetryLater", error: stored, delay: wait })
    })
  })

export const outcomeOf = (context: SettleContext, end: AttemptEnd): Effect.Effect<Outcome> => {
  if (end._tag === "Ended") {
    return Exit.match(end.exit, {
      onSuccess: (result): Effect.Effect<Outcome> => Effect.succeed({ _tag: "Completed", result }),
      onFailure: (cause) => afterFailure(context, failureOf(cause))
    })
  }
  switch (end.reason) {
    case "timeout":
      return afterFailure(context, TIMED_OUT)
    case "cancel":
      return Effect.succeed({ _tag: "Cancelled" })
    case "shutdown":
    case "postponed":
    case "leaseLost":
      // Handing back names the token too: it does something only if nobody has taken the job over.
      return Effect.succeed({ _tag: "Released" })
  }
}
