/** What an attempt fails with when the secrets of its job, answers among them, do not open. */
import { FatalError, type JobError, RetryableError } from "../domain/JobError.ts"
import type { CannotOpenSecret } from "./SecretBox.ts"

/**
 * While a key is replaced, processes that already have it seal for those that do not yet, and do so within minutes. A
 * secret that was changed never opens.
 */
export const cannotOpen = ({ missingKeyId }: CannotOpenSecret): JobError =>
  missingKeyId === undefined
    ? new FatalError({
        code: "PERMISSION_DENIED",
        message: "A sealed secret of this job was changed, or belongs to another one.",
        hint: "Create the job again."
      })
    : new RetryableError({
        code: "SERVICE_UNAVAILABLE",
        message: "The secrets of this job were sealed with a key that this server does not have.",
        hint: "Give all servers the CALLBOARD_SECRET_KEY that was in use when the job was created, or create the job again.",
        retryAfterMs: 60_000
      })
