/** API keys on PostgreSQL, with a short memory of those in use. */
import { createHash, randomBytes } from "node:crypto"
import { DateTime, Duration, Effect, Layer, Option, Schema } from "effect"
import { SqlClient } from "effect/sql"
import {
  ApiKey,
  ApiKeyId,
  ApiKeyNotFound,
  ApiKeys,
  KEY_PREFIX,
  looksLikeKey,
  MOST_KEYS_LISTED,
  type NewApiKey
} from "../../domain/ApiKeys.ts"
import { asCallboard } from "../../domain/Caller.ts"
import { giveUpAfter } from "../giveUpAfter.ts"
import { newId } from "../newId.ts"
import { answered } from "./callFailures.ts"
import { makeRemembered } from "./makeRemembered.ts"

/** How long a revoked key may go on working in a process, and how often a key in use costs a statement. */
const REMEMBERED = Duration.seconds(3)

/** Keys in use at once; the oldest of more is looked up again. */
const MOST_REMEMBERED = 1_000

/** How long a request waits for news of the first key. */
const PATIENCE = Duration.seconds(1)

/** As much as AES-256 has: it can be neither guessed nor found by trying. */
const KEY_BYTES = 32

/**
 * SHA-256 and not a password hash: there is nothing to guess in 256 random bits, and each request would pay for it.
 * Finding a row by its hash tells an attacker with a clock at most about hashes, from which no key follows.
 */
export const hashOf = (secret: string): Buffer => createHash("sha256").update(secret).digest()

const Timestamp = Schema.DateTimeUtcFromDate

const KeyRow = Schema.Struct({
  id: ApiKeyId,
  name: Schema.String,
  role: ApiKey.fields.role,
  organisationId: Schema.String,
  createdAt: Timestamp,
  createdBy: Schema.NullOr(Schema.String),
  expiresAt: Schema.NullOr(Timestamp),
  lastUsedAt: Schema.NullOr(Timestamp),
  revokedAt: Schema.NullOr(Timestamp),
  revokedBy: Schema.NullOr(Schema.String)
})
const decodeRows = Schema.decodeUnknownEffect(Schema.Array(KeyRow))

const keyOf = ({ createdBy, expiresAt, lastUsedAt, revokedAt, revokedBy, ...key }: typeof KeyRow.Type): ApiKey => ({
  ...key,
  ...(createdBy !== null && { createdBy }),
  ...(expiresAt !== null && { expiresAt }),
  ...(lastUsedAt !== null && { lastUsedAt }),
  ...(revokedAt !== null && { revokedAt }),
  ...(revokedBy !== null && { revokedBy })
})

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const columns = sql.literal(
    "id, name, role, organisation_id, created_at, created_by, expires_at, last_used_at, revoked_at, revoked_by"
  )
  const keys = <E>(operation: string, rows: Effect.Effect<ReadonlyArray<object>, E>) =>
    rows.pipe(
      Effect.flatMap(decodeRows),
      Effect.map((found) => found.map(keyOf)),
      answered(operation),
      asCallboard
    )

  const create = Effect.fn("ApiKeys.create")(function* (request: NewApiKey) {
    const secret = KEY_PREFIX + randomBytes(KEY_BYTES).toString("base64url")
    const expiresAt = request.expiresAt === undefined ? null : DateTime.toDate(request.expiresAt)
    const [key] = yield* keys(
      "createKey",
      sql`
      INSERT INTO api_keys (id, hash, name, role, organisation_id, created_by, expires_at)
      VALUES (${newId()}::uuid, ${hashOf(secret)}, ${request.name}, ${request.role},
        ${request.organisationId}, ${request.createdBy ?? null}, ${expiresAt}::timestamptz)
      RETURNING ${columns}`
    )
    return { key: key!, secret }
  })

  const list = (organisationId: string) =>
    keys(
      "listKeys",
      sql`
      SELECT ${columns} FROM api_keys WHERE organisation_id = ${organisationId}
      ORDER BY (revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())) DESC, id DESC
      LIMIT ${MOST_KEYS_LISTED}`
    )

  // Requests of one key at different processes write its last use once a minute, whoever is first.
  const lookUp = (secret: string) =>
    Effect.map(
      keys(
        "findKey",
        sql`
        WITH found AS MATERIALIZED (
          SELECT ${columns} FROM api_keys
          WHERE hash = ${hashOf(secret)} AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
        ), used AS (
          UPDATE api_keys k SET last_used_at = now() FROM found
          WHERE k.id = found.id AND (k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute')
        )
        SELECT * FROM found`
      ),
      ([key]) => Option.fromUndefinedOr(key)
    )

  // What is not found is not remembered: a key that was just made works at once.
  const inUse = yield* makeRemembered(lookUp, { capacity: MOST_REMEMBERED, time: REMEMBERED, keeps: Option.isSome })

  const revoke = Effect.fn("ApiKeys.revoke")(function* (organisationId: string, id: ApiKeyId, revokedBy?: string) {
    const [key] = yield* keys(
      "revokeKey",
      sql`
      UPDATE api_keys SET revoked_by = CASE WHEN revoked_at IS NULL THEN ${revokedBy ?? null}::text ELSE revoked_by END,
        revoked_at = coalesce(revoked_at, now())
      WHERE id = ${id}::uuid AND organisation_id = ${organisationId} RETURNING ${columns}`
    )
    // The process that was told does not wait for its memory to fade.
    yield* inUse.forgetAll
    return key ?? (yield* new ApiKeyNotFound({ id }))
  })

  // Every request of a server without keys asks this. While the database is away it is what it was: nobody can make a
  // key then, and whatever is asked for fails by itself.
  let known: boolean | undefined
  const lookForAny = Effect.suspend(() => {
    if (known === true) return Effect.succeed(true)
    const look = sql<{ any: boolean }>`SELECT EXISTS (SELECT FROM api_keys) AS any`.pipe(
      Effect.map(([row]) => {
        known = row?.any === true
        return known
      }),
      asCallboard
    )
    const before = known
    if (before === undefined) return answered("anyKey")(look)
    return look.pipe(
      giveUpAfter(PATIENCE),
      Effect.catch(() => Effect.succeed(before))
    )
  })
  const anyMade = yield* makeRemembered((_: "any") => lookForAny, { capacity: 1, time: REMEMBERED })

  return ApiKeys.of({
    create: (request) => Effect.tap(create(request), () => anyMade.forgetAll),
    list,
    revoke,
    find: (secret) => (looksLikeKey(secret) ? inUse.get(secret) : Effect.succeed(Option.none())),
    anyMade: anyMade.get("any")
  })
})

export const layer = Layer.effect(ApiKeys, make)
