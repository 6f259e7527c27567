/** Adds to the failure of a step what its page has lost since the step last went well. */
import { Cause, Duration, Effect } from "effect"
import { FatalError } from "../../domain/JobError.ts"
import type { SnapshotOf, StepSnapshots } from "../../domain/StepSnapshots.ts"
import { giveUpAfter } from "../giveUpAfter.ts"
import { failureOf } from "../settle.ts"

const LONGEST_COMPARISON = Duration.seconds(2)

const closed = (sentence: string): string => (/[.!?]$/u.test(sentence) ? sentence : `${sentence}.`)

const withDifference = ({ code, hint, message, ...rest }: FatalError, difference: string) => {
  const told = ["Since the last good run:", closed(difference), ...(hint === undefined ? [] : [hint])]
  return new FatalError({ ...rest, code, message, hint: told.join(" ") })
}

/** `words`: the page as it is now, if it could be read. Other failures than a lost element stay as they are. */
export const explainFailure = <E>(
  snapshots: typeof StepSnapshots.Service,
  of: SnapshotOf,
  words: string | undefined,
  cause: Cause.Cause<E>
): Effect.Effect<Cause.Cause<E>> => {
  const error = failureOf(cause)
  if (words === undefined || error._tag !== "FatalError" || error.code !== "ELEMENT_NOT_FOUND") {
    return Effect.succeed(cause)
  }
  return snapshots.explain(of, words, error.message).pipe(
    giveUpAfter(LONGEST_COMPARISON),
    Effect.orElseSucceed(() => undefined),
    // It is the script's own failure with more to say, so it has the type of the script's failures.
    Effect.map((difference) =>
      difference === undefined ? cause : Cause.fail(withDifference(error, difference) as unknown as E)
    )
  )
}
