/** Contract: the keys that programs and people call with. Only a hash of a key is kept, so it is shown once. */
import { Context, type DateTime, type Effect, type Option, Schema } from "effect"
import { type Caller, Role } from "./Caller.ts"
import { Time } from "./Job.ts"
import type { JobsUnavailable } from "./Jobs.ts"
import { StorableText } from "./Storable.ts"

export const ApiKeyId = Schema.String.check(Schema.isUUID()).pipe(Schema.brand("ApiKeyId"))
export type ApiKeyId = typeof ApiKeyId.Type

export const KeyName = StorableText.check(
  Schema.isPattern(/\S/u, { message: "Expected a name" }),
  Schema.isMaxLength(100)
)

export const ApiKey = Schema.Struct({
  id: ApiKeyId,
  name: Schema.String,
  role: Role,
  organisationId: Schema.String,
  createdAt: Time,
  /** Who made it, as people know them. */
  createdBy: Schema.optionalKey(Schema.String),
  expiresAt: Schema.optionalKey(Time),
  /** At most a minute behind. */
  lastUsedAt: Schema.optionalKey(Time),
  revokedAt: Schema.optionalKey(Time),
  revokedBy: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "ApiKey" })
export type ApiKey = typeof ApiKey.Type

export class ApiKeyNotFound extends Schema.TaggedError<ApiKeyNotFound>()("ApiKeyNotFound", { id: Schema.String }) {}

export interface NewApiKey {
  readonly name: string
  readonly role: Role
  readonly organisationId: string
  readonly expiresAt?: DateTime.Utc
  readonly createdBy?: string
}

export interface CreatedApiKey {
  readonly key: ApiKey
  /** Kept nowhere: whoever asked for it has to write it down now. */
  readonly secret: string
}

/** What every key starts with, so that people and secret scanners know one when they see it. */
export const KEY_PREFIX = "cb_"

/** 32 random bytes in base64url. */
const KEY_SHAPE = /^cb_[A-Za-z0-9_-]{43}$/u

/** What cannot be a key is not looked up. */
export const looksLikeKey = (text: string): boolean => KEY_SHAPE.test(text)

export const callerOfKey = ({
  id,
  name,
  organisationId,
  role
}: Pick<ApiKey, "id" | "name" | "organisationId" | "role">): Caller => ({
  via: "key",
  subject: id,
  name,
  role,
  organisationId
})

/** A service acts for every organisation, so only those make one who already may: nobody gets more by making a key. */
export const mayGive = (caller: Caller, role: Role): boolean =>
  role !== "service" || caller.role === "service" || caller.via === "local"

export const MOST_KEYS_LISTED = 500

export class ApiKeys extends Context.Service<
  ApiKeys,
  {
    readonly create: (request: NewApiKey) => Effect.Effect<CreatedApiKey, JobsUnavailable>
    /** Those that work first, each kind newest first; at most `MOST_KEYS_LISTED`. */
    readonly list: (organisationId: string) => Effect.Effect<ReadonlyArray<ApiKey>, JobsUnavailable>
    /** It is refused within seconds, in every process. Revoking again changes nothing. */
    readonly revoke: (
      organisationId: string,
      id: ApiKeyId,
      revokedBy?: string
    ) => Effect.Effect<ApiKey, ApiKeyNotFound | JobsUnavailable>
    /** The live key that has this text; what was found is remembered for seconds, so most requests ask no database. */
    readonly find: (secret: string) => Effect.Effect<Option.Option<ApiKey>, JobsUnavailable>
    /** Whether a key was ever made. A server whose last key was revoked does not become open to everybody. */
    readonly anyMade: Effect.Effect<boolean, JobsUnavailable>
  }
>()("callboard/domain/ApiKeys") {}
