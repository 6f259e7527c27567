/**
 * JSON Web Tokens of another system: signed with a shared secret (HS256), or with a key of a key set that is fetched and
 * kept for a while. Tokens of a Supabase project work as they are.
 */
import { Clock, Effect, Layer, Redacted } from "effect"
import {
  createRemoteJWKSet,
  customFetch,
  decodeProtectedHeader,
  errors,
  type FetchImplementation,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify
} from "jose"
import { type Caller, DEFAULT_ORGANISATION, Role } from "../domain/Caller.ts"
import {
  CredentialRefused,
  CredentialsUnavailable,
  CredentialUnusable,
  type TokenBearer,
  Tokens
} from "../domain/Credentials.ts"

export interface JwtOptions {
  readonly secret?: Redacted.Redacted | undefined
  readonly jwksUrl?: string | undefined
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
  readonly organisationClaim?: string | undefined
}

/** Clocks of two machines differ. */
const CLOCK_TOLERANCE_SECONDS = 5

/** What a public key may sign with. A secret never goes with these, or a public key could be taken for one. */
const ASYMMETRIC = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]

/** Longer texts are no tokens of people. */
const LONGEST_TOKEN = 16_384

/** A key that is taken out of a key set lets nobody in any more, but who is in by it is not seen to go. */
const LONGEST_BY_KEY_SET_MS = 12 * 3_600_000

const KEY_SET = { timeoutDuration: 5_000, cooldownDuration: 30_000, cacheMaxAge: 600_000 }

/** Bytes of a key set; real ones have some thousand. */
const LARGEST_KEY_SET = 256 * 1_024

/** Faults of the token. Everything else that goes wrong is the key set, or the way to it. */
const REFUSALS = new Set([
  "ERR_JOSE_ALG_NOT_ALLOWED",
  "ERR_JOSE_NOT_SUPPORTED",
  "ERR_JWT_EXPIRED",
  "ERR_JWT_CLAIM_VALIDATION_FAILED",
  "ERR_JWT_INVALID",
  "ERR_JWS_INVALID",
  "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
  "ERR_JWKS_NO_MATCHING_KEY",
  "ERR_JWKS_MULTIPLE_MATCHING_KEYS"
])

const fetchBounded: FetchImplementation = async (url, options) => {
  const response = await fetch(url, options)
  const parts: Array<Uint8Array> = []
  let size = 0
  for await (const part of response.body ?? []) {
    size += part.length
    if (size > LARGEST_KEY_SET) throw new Error(`the key set has more than ${LARGEST_KEY_SET} bytes`)
    parts.push(part)
  }
  return new Response(Buffer.concat(parts), { status: response.status, headers: response.headers })
}

const valueAt = (payload: JWTPayload, path: string): unknown =>
  path
    .split(".")
    .reduce<unknown>(
      (value, name) =>
        typeof value === "object" && value !== null && Object.hasOwn(value, name)
          ? (value as Record<string, unknown>)[name]
          : undefined,
      payload
    )

const LONGEST_TEXT = 200

const textOf = (at: unknown): string | undefined => {
  // PostgreSQL takes neither NUL nor half a surrogate pair.
  const isText =
    typeof at === "string" && at !== "" && at.length <= LONGEST_TEXT && !at.includes("\0") && at.isWellFormed()
  return isText ? at : undefined
}

const textAt = (payload: JWTPayload, path: string) => textOf(valueAt(payload, path))

/** The place that counts, of those where a claim may be: one that is there counts, whatever is in it. */
const firstThere = (payload: JWTPayload, paths: ReadonlyArray<string>) =>
  paths.map((path) => ({ path, value: valueAt(payload, path) ?? null })).find(({ value }) => value !== null)

/** Words of Supabase and PostgREST for the roles that everybody has there. */
const ROLE_WORDS: Readonly<Record<string, Role>> = { authenticated: "member", service_role: "service" }

const roles: ReadonlyArray<string> = Role.literals

const ROLE_CLAIMS = ["app_metadata.role", "role"]

/** Who has a role that we do not know, or that is no text, only reads. As `callboard_role` in the database. */
const roleOf = (payload: JWTPayload): Role => {
  const claim = firstThere(payload, ROLE_CLAIMS)
  const named = claim === undefined ? "member" : (textOf(claim.value) ?? "")
  if (Object.hasOwn(ROLE_WORDS, named)) return ROLE_WORDS[named]!
  return roles.includes(named) ? (named as Role) : "viewer"
}

const STANDARD_CLAIMS = ["app_metadata.organisation_id", "organisation_id"]

const unusable = (reason: string) => Effect.fail(new CredentialUnusable({ reason }))

/** `user_metadata` is never read: people can write it themselves. */
const callerOf = (payload: JWTPayload, organisationClaim: string | undefined) =>
  Effect.gen(function* () {
    if (textAt(payload, "role") === "anon") return yield* unusable("It is the token of everybody (role anon).")
    const role = roleOf(payload)
    const claims = organisationClaim === undefined ? STANDARD_CLAIMS : [organisationClaim]
    const claim = firstThere(payload, claims)
    const organisation = textOf(claim?.value)
    if (claim !== undefined && organisation === undefined) {
      const reason = `Its organisation (${claim.path}) is no text of 1 to ${LONGEST_TEXT} characters.`
      return yield* role === "service" ? new CredentialRefused({ reason }) : new CredentialUnusable({ reason })
    }
    // A backend that is of no organisation names one with each request.
    const organisationId = organisation ?? (role === "service" ? DEFAULT_ORGANISATION : undefined)
    if (organisationId === undefined) return yield* unusable(`It names no organisation (${claims.join(" or ")}).`)
    const subject = textAt(payload, "sub") ?? (role === "service" ? "service_role" : undefined)
    if (subject === undefined) return yield* unusable("It names no person (sub).")
    const name = textAt(payload, "name") ?? textAt(payload, "email") ?? subject
    return { via: "token", subject, name, role, organisationId } satisfies Caller
  })

const isRefusal = (cause: unknown) => cause instanceof errors.JOSEError && REFUSALS.has(cause.code)

/**
 * What sessions of tokens are bound to: another one with each change of the settings, so that nobody stays signed in who
 * came with a secret that leaked. It is stored, and says nothing of the secret. None where no tokens are taken.
 */
export const tokenBinding = ({ audience, issuer, jwksUrl, organisationClaim, secret }: JwtOptions) =>
  secret === undefined && jwksUrl === undefined
    ? undefined
    : new Bun.CryptoHasher("sha256", secret === undefined ? "" : Redacted.value(secret))
        .update(
          JSON.stringify(["board session", jwksUrl, issuer, audience, organisationClaim].map((each) => each ?? null))
        )
        .digest()

export const makeTokens = ({ audience, issuer, jwksUrl, organisationClaim, secret }: JwtOptions) => {
  const shared = secret === undefined ? undefined : new TextEncoder().encode(Redacted.value(secret))
  const keySet =
    jwksUrl === undefined
      ? undefined
      : createRemoteJWKSet(new URL(jwksUrl), { ...KEY_SET, [customFetch]: fetchBounded })
  const options: JWTVerifyOptions = {
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    requiredClaims: ["exp"],
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience })
  }

  /** The library's one call, with the key that the algorithm of the token asks for and no other. */
  const check = async (token: string): Promise<JWTPayload> => {
    const { alg } = decodeProtectedHeader(token)
    if (shared !== undefined && alg === "HS256") {
      return (await jwtVerify(token, shared, { ...options, algorithms: ["HS256"] })).payload
    }
    if (keySet === undefined) throw new errors.JOSEAlgNotAllowed("this algorithm is not taken")
    return (await jwtVerify(token, keySet, { ...options, algorithms: ASYMMETRIC })).payload
  }

  const payloadOf = (token: string) =>
    Effect.tryPromise({
      try: () => check(token),
      catch: (cause) =>
        // A header that cannot be read is a TypeError of the library.
        isRefusal(cause) || (cause instanceof TypeError && cause.message.includes("Protected Header"))
          ? new CredentialRefused()
          : new CredentialsUnavailable({ cause })
    })

  const verify = Effect.fn("Tokens.verify")(function* (token: string) {
    if (token.length > LONGEST_TOKEN) return yield* new CredentialRefused()
    const payload = yield* payloadOf(token)
    const caller = yield* callerOf(payload, organisationClaim)
    const expiresAtMs = (payload.exp ?? 0) * 1_000
    if (decodeProtectedHeader(token).alg === "HS256") return { caller, expiresAtMs } satisfies TokenBearer
    const latestMs = (yield* Clock.currentTimeMillis) + LONGEST_BY_KEY_SET_MS
    return { caller, expiresAtMs: Math.min(expiresAtMs, latestMs) } satisfies TokenBearer
  })

  const taken = shared !== undefined || keySet !== undefined
  return Tokens.of({ taken, verify: (token) => (taken ? verify(token) : Effect.fail(new CredentialRefused())) })
}

export const layer = (options: JwtOptions) => Layer.sync(Tokens, () => makeTokens(options))
