/** A schema knows no clock, so the one rule about the present is checked here. */
import { DateTime, Effect } from "effect"
import type { CreateJob } from "../../domain/Jobs.ts"
import { ValidationFailed } from "./problems.ts"

interface Sent {
  /** What stands before the names of its fields: `jobs[2].` */
  readonly path: string
  readonly request: Pick<CreateJob, "expiresAt" | "runAt">
}

export const checkExpiry = Effect.fnUntraced(function* (sent: ReadonlyArray<Sent>) {
  const now = yield* DateTime.now
  const errors = sent
    .filter(({ request: { expiresAt, runAt } }) => {
      return expiresAt !== undefined && !DateTime.isGreaterThan(expiresAt, DateTime.max(runAt ?? now, now))
    })
    .map(({ path }) => ({ path: `${path}expiresAt`, message: "Expected a time in the future, after runAt" }))
  if (errors.length > 0) return yield* new ValidationFailed({ errors })
})
