/** What can go wrong with saying who one is, and with what one may do. */
import { Schema } from "effect"
import { HttpApiError } from "effect/http-api"
import { declareFrom } from "./declareFrom.ts"

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

const declare = declareFrom(identityCodes)

/** No key, token or session came with the request. */
export class Unauthenticated extends HttpApiError.Problem<Unauthenticated>()(
  "Unauthenticated",
  declare("UNAUTHENTICATED"),
  { code: Schema.tag("UNAUTHENTICATED") }
) {}

export class CredentialsRefusedProblem extends HttpApiError.Problem<CredentialsRefusedProblem>()(
  "CredentialsRefusedProblem",
  declare("CREDENTIALS_REFUSED"),
  { code: Schema.tag("CREDENTIALS_REFUSED") }
) {}

export class CredentialsUnusableProblem extends HttpApiError.Problem<CredentialsUnusableProblem>()(
  "CredentialsUnusableProblem",
  declare("CREDENTIALS_UNUSABLE"),
  { code: Schema.tag("CREDENTIALS_UNUSABLE") }
) {}

export class Forbidden extends HttpApiError.Problem<Forbidden>()("Forbidden", declare("FORBIDDEN"), {
  code: Schema.tag("FORBIDDEN")
}) {}

export class OrganisationNotAllowed extends HttpApiError.Problem<OrganisationNotAllowed>()(
  "OrganisationNotAllowed",
  declare("ORGANISATION_NOT_ALLOWED"),
  { code: Schema.tag("ORGANISATION_NOT_ALLOWED") }
) {}

export class KeyNotFoundProblem extends HttpApiError.Problem<KeyNotFoundProblem>()(
  "KeyNotFoundProblem",
  declare("KEY_NOT_FOUND"),
  { code: Schema.tag("KEY_NOT_FOUND") }
) {}

export class TooManyTries extends HttpApiError.Problem<TooManyTries>()("TooManyTries", declare("TOO_MANY_TRIES"), {
  code: Schema.tag("TOO_MANY_TRIES"),
  retryAfterSeconds: Schema.Int
}) {}

export class IdentityUnavailable extends HttpApiError.Problem<IdentityUnavailable>()(
  "IdentityUnavailable",
  declare("IDENTITY_UNAVAILABLE"),
  { code: Schema.tag("IDENTITY_UNAVAILABLE") }
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
