/** From how an attempt ended to what is recorded: the one place that decides between retry, failure and the rest. */
import { Cause, Duration, Effect, Exit, Option } from "effect"
import { delayBeforeRetry, type RetryPolicy } from "../domain/Backoff.ts"
import { FatalError, type JobError, RetryableError, toStoredError } from "../domain/JobError.ts"
import type { Claim, JobQueue, Outcome } from "../domain/JobQueue.ts"
import { redactSchemes } from "../domain/redact.ts"
import { classifyFailure } from "./classifyFailure.ts"
import { giveUpAfter } from "./giveUpAfter.ts"
import { type Masker, shorten } from "./Masker.ts"
import type { AttemptEnd } from "./StopSignal.ts"

/** The thrown value, the failure, or a bug: a script that interrupts itself has one. */
export const failureOf = (cause: Cause.Cause<unknown>): JobError =>
  classifyFailure(Cause.hasInterruptsOnly(cause) ? new Error("The script interrupted itself.") : Cause.squash(cause))

const TIMED_OUT = new RetryableError({ code: "TIMEOUT", message: "The attempt took longer than it may." })

/** The end of an attempt must not wait long for a look that only says it better. */
const LONGEST_LOOK = Duration.seconds(2)

export interface SettleContext {
  readonly queue: Pick<typeof JobQueue.Service, "expiresWithin">
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

/** What may be shown of what a script said of its failure. */
export const maskedWords = (mask: Masker, { hint, message }: Pick<JobError, "hint" | "message">) => ({
  message: wordsOf(mask, message),
  ...(hint !== undefined && { hint: wordsOf(mask, hint) })
})

const TOO_LATE = "Its next try would come after the job expires, so it is not tried again by itself."

/** When nobody can say, the job is tried again: should it expire first, the janitor ends it. */
const expiresWithin = ({ claim, queue }: SettleContext, delay: Duration.Duration) =>
  queue.expiresWithin(claim.lease, delay).pipe(
    giveUpAfter(LONGEST_LOOK),
    Effect.orElseSucceed(() => false)
  )

const afterFailure = (context: SettleContext, error: JobError): Effect.Effect<Outcome> =>
  Effect.gen(function* () {
    const { claim, mask, retry, step } = context
    const stored = { ...toStoredError(error, step), ...maskedWords(mask, error) }
    if (error._tag === "FatalError" || claim.retryCount >= claim.maxRetries) return { _tag: "Failed", error: stored }
    const delay = yield* delayBeforeRetry(retry, claim.retryCount + 1, error, claim.id)
    if (Option.isNone(delay)) return { _tag: "Failed", error: stored }
    if (yield* expiresWithin(context, delay.value)) {
      const hint = stored.hint === undefined ? TOO_LATE : `${stored.hint} ${TOO_LATE}`
      return { _tag: "Failed", error: { ...stored, hint } }
    }
    return { _tag: "RetryLater", error: stored, delay: delay.value }
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
