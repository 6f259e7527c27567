/** What can go wrong with saying who one is, and with what one may do. */
import { Schema } from "effect"
import { problemFrom } from "./problemFrom.ts"

export const identityCodes = {
  UNAUTHENTICATED: { status: 401, title: "Say who you are" },
  CREDENTIALS_REFUSED: { status: 401, title: "The key or token is not valid" },
  CREDENTIALS_UNUSABLE: { status: 403, title: "The token lets nobody in here" },
  FORBIDDEN: { status: 403, title: "Your role does not allow this" },
  ORGANISATION_NOT_ALLOWED: { status: 403, title: "You may not act for this organisation" },
  KEY_NOT_FOUND: { status: 404, title: "There is no such key" },
  TOO_MANY_TRIES: { status: 429, title: "Too many wrong keys came from your network" },
  IDENTITY_UNAVAILABLE: { status: 503, title: "Nobody can say right now whether the token is valid" }
} as const

const problem = problemFrom(identityCodes)

/** No key, token or session came with the request. */
export class Unauthenticated extends problem<Unauthenticated>()("Unauthenticated", "UNAUTHENTICATED") {}

export class CredentialsRefusedProblem extends problem<CredentialsRefusedProblem>()(
  "CredentialsRefusedProblem",
  "CREDENTIALS_REFUSED"
) {}

export class CredentialsUnusableProblem extends problem<CredentialsUnusableProblem>()(
  "CredentialsUnusableProblem",
  "CREDENTIALS_UNUSABLE"
) {}

export class Forbidden extends problem<Forbidden>()("Forbidden", "FORBIDDEN") {}

export class OrganisationNotAllowed extends problem<OrganisationNotAllowed>()(
  "OrganisationNotAllowed",
  "ORGANISATION_NOT_ALLOWED"
) {}

export class KeyNotFoundProblem extends problem<KeyNotFoundProblem>()("KeyNotFoundProblem", "KEY_NOT_FOUND") {}

export class TooManyTries extends problem<TooManyTries>()("TooManyTries", "TOO_MANY_TRIES", {
  retryAfterSeconds: Schema.Int
}) {}

export class IdentityUnavailable extends problem<IdentityUnavailable>()(
  "IdentityUnavailable",
  "IDENTITY_UNAVAILABLE"
) {}

export const identityProblems = [
  Unauthenticated,
  CredentialsRefusedProblem,
  CredentialsUnusableProblem,
  Forbidden,
  OrganisationNotAllowed,
  KeyNotFoundProblem,
  TooManyTries,
  IdentityUnavailable
] as const
