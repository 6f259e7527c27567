/** The one table from what the portal answers over HTTP to what a job fails with. */
import { FatalError, type JobError, RetryableError } from "../../../domain/JobError.ts"
import { wishedDelay } from "../../../domain/retryAfter.ts"

/** The last answer of a navigation, after all redirects. */
export interface PortalAnswer {
  readonly status: number
  /** Path of the page that the browser ended on. */
  readonly path: string
  readonly retryAfter?: string | undefined
  /** The portal sent the browser on to this page. */
  readonly isRedirected?: boolean
  /** The page wants to see that a person is at work. */
  readonly isCaptcha?: boolean
}

// A person can watch the browser of a job but not use it, so nobody could solve it there.
const captcha = (path: string) =>
  new FatalError({
    code: "PERMISSION_DENIED",
    message: `The portal asks on ${path} whether a person is at work (captcha), which a script must not answer.`,
    hint: "Sign in by hand and answer it there, or ask the portal to trust this address. Then retry the job."
  })

/** None for answers that the page itself explains: 200, but also a refused form (400, 401, 409, 422). */
export const failureOf = (
  { isCaptcha, path, retryAfter, status }: PortalAnswer,
  nowMs: number
): JobError | undefined => {
  if (isCaptcha === true) return captcha(path)
  if (status >= 500) {
    return new RetryableError({
      code: "SERVICE_UNAVAILABLE",
      message: `The portal answered ${path} with an error of its own (HTTP ${status}).`,
      hint: "Nothing was wrong with the job. If it lasts, ask the portal's support.",
      ...wishedDelay(retryAfter, nowMs)
    })
  }
  switch (status) {
    case 429:
      return new RetryableError({
        code: "RATE_LIMITED",
        message: "The portal asks for fewer requests.",
        ...wishedDelay(retryAfter, nowMs)
      })
    case 403:
      return new FatalError({
        code: "PERMISSION_DENIED",
        message: `The portal does not let this account open ${path}.`,
        hint: "Ask the restaurant to give the account the right to edit its menu."
      })
    case 404:
      return new FatalError({
        code: "NOT_FOUND",
        message: `The portal has no page ${path}.`,
        hint: "Somebody may have removed it meanwhile. Retry the job from the start."
      })
    default:
      return undefined
  }
}

/** The portal sent a page that needs a session to its sign-in form. */
export const sessionExpired = () =>
  new RetryableError({
    code: "SESSION_EXPIRED",
    message: "The portal ended the session in the middle of the work.",
    hint: "The next attempt signs in again and goes on where this one stopped."
  })
