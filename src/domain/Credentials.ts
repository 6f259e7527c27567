/** What a caller shows to say who it is, and why that may not be enough. */
import { Context, type Effect, type Option, Schema } from "effect"
import type { Caller } from "./Caller.ts"
import type { JobsUnavailable } from "./Jobs.ts"

/** Nobody is known by it: it is wrong, has expired or was revoked. Which of these is not said to anybody. */
export class CredentialRefused extends Schema.TaggedError<CredentialRefused>()("CredentialRefused", {
  /** Only of a token whose signature is right: what is wrong with it, for whoever issues such tokens. */
  reason: Schema.optionalKey(Schema.String)
}) {}

/** It is genuine, and still lets nobody in here. */
export class CredentialUnusable extends Schema.TaggedError<CredentialUnusable>()("CredentialUnusable", {
  /** What it lacks, for whoever issues such credentials. */
  reason: Schema.String
}) {}

/** Nobody can say now whether it is genuine: the keys that signed it cannot be read. */
export class CredentialsUnavailable extends Schema.TaggedError<CredentialsUnavailable>()("CredentialsUnavailable", {
  cause: Schema.Defect()
}) {}

export interface TokenBearer {
  readonly caller: Caller
  /** Until then whoever signs in with the token may stay signed in, in milliseconds of the epoch. */
  readonly expiresAtMs: number
}

/** JSON Web Tokens of another system, such as a Supabase project. */
export class Tokens extends Context.Service<
  Tokens,
  {
    /** Whether this server takes tokens at all. */
    readonly taken: boolean
    readonly verify: (
      token: string
    ) => Effect.Effect<TokenBearer, CredentialRefused | CredentialUnusable | CredentialsUnavailable>
  }
>()("callboard/domain/Tokens") {}

export interface FoundSession {
  readonly caller: Caller
  /** Its cookie is old enough to be replaced. */
  readonly isDue: boolean
}

/**
 * Who is signed in on the board. A session ends with its key or token, with the settings that let the token in, when nobody
 * used it for long, and by signing out.
 */
export class BoardSessions extends Context.Service<
  BoardSessions,
  {
    /** Gives what the cookie holds; nobody else ever learns it. */
    readonly start: (caller: Caller, expiresAtMs?: number) => Effect.Effect<string, JobsUnavailable>
    readonly find: (cookie: string) => Effect.Effect<Option.Option<FoundSession>, JobsUnavailable>
    /** The new cookie; none when another request was faster. */
    readonly renew: (cookie: string) => Effect.Effect<Option.Option<string>, JobsUnavailable>
    readonly end: (cookie: string) => Effect.Effect<void, JobsUnavailable>
    /** Signs everybody out; says how many sessions there were. */
    readonly endAll: Effect.Effect<number, JobsUnavailable>
  }
>()("callboard/domain/BoardSessions") {}
