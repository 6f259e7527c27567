/** Sessions of the board on PostgreSQL, with the same short memory as that of keys. */
import { randomBytes } from "node:crypto"
import { Clock, Duration, Effect, Layer, Option, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { ApiKeyId, callerOfKey } from "../../domain/ApiKeys.ts"
import { asCallboard, type Caller, Role } from "../../domain/Caller.ts"
import { BoardSessions, type FoundSession } from "../../domain/Credentials.ts"
import { newId } from "../newId.ts"
import { answered } from "./callFailures.ts"
import { makeRemembered } from "./makeRemembered.ts"
import { hashOf } from "./PgApiKeys.ts"

const REMEMBERED = Duration.seconds(3)
const MOST_REMEMBERED = 1_000

/** However busy it is, a session ends after this time. */
const LONGEST_MS = Duration.toMillis(Duration.days(7))

const SHAPE = /^[A-Za-z0-9_-]{43}$/u

const SessionRow = Schema.Struct({
  keyId: Schema.NullOr(ApiKeyId),
  subject: Schema.String,
  name: Schema.String,
  role: Role,
  organisationId: Schema.String,
  isDue: Schema.Boolean
})
const decodeRows = Schema.decodeUnknownEffect(Schema.Array(SessionRow))

const sessionOf = ({ isDue, keyId, ...person }: typeof SessionRow.Type): FoundSession => ({
  isDue,
  caller: keyId === null ? { via: "token", ...person } : callerOfKey({ ...person, id: keyId })
})

const newCookie = () => randomBytes(32).toString("base64url")

const make = Effect.fnUntraced(function* (tokenBinding: Uint8Array | undefined) {
  const sql = yield* SqlClient.SqlClient

  const start = Effect.fn("BoardSessions.start")(function* (caller: Caller, expiresAtMs?: number) {
    const cookie = newCookie()
    // A token may be good for longer than dates can say.
    const latestMs = (yield* Clock.currentTimeMillis) + LONGEST_MS
    const expiresAt = expiresAtMs === undefined ? null : new Date(Math.min(expiresAtMs, latestMs))
    const person = caller.via === "key" ? undefined : caller
    yield* sql`
      INSERT INTO board_sessions (id, hash, expires_at, key_id, subject, name, role, organisation_id, token_binding)
      VALUES (${newId()}::uuid, ${hashOf(cookie)},
        least(now() + ${LONGEST_MS} * interval '1 millisecond', ${expiresAt}::timestamptz),
        ${person === undefined ? caller.subject : null}::uuid, ${person?.subject ?? null}, ${person?.name ?? null},
        ${person?.role ?? null}, ${person?.organisationId ?? null},
        ${person === undefined ? null : (tokenBinding ?? null)})`.pipe(answered("startSession"), asCallboard)
    return cookie
  })

  // Unused for a day: its cookie was not renewed.
  const isLive = sql`
    s.expires_at > now() AND s.renewed_at > now() - interval '1 day'
    AND CASE WHEN s.key_id IS NULL THEN s.token_binding = ${tokenBinding ?? null}::bytea
      ELSE k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now()) END`

  const lookUp = (cookie: string) => {
    const hash = hashOf(cookie)
    return sql`
      SELECT s.key_id, coalesce(s.subject, k.id::text) AS subject, coalesce(s.name, k.name) AS name,
        coalesce(s.role, k.role) AS role, coalesce(s.organisation_id, k.organisation_id) AS organisation_id,
        s.hash = ${hash} AND s.renewed_at < now() - interval '1 hour' AS is_due
      FROM board_sessions s LEFT JOIN api_keys k ON k.id = s.key_id
      WHERE (s.hash = ${hash} OR (s.former_hash = ${hash} AND s.renewed_at > now() - interval '1 minute')) AND ${isLive}`.pipe(
      Effect.flatMap(decodeRows),
      Effect.map(([row]) => Option.map(Option.fromUndefinedOr(row), sessionOf)),
      answered("findSession"),
      asCallboard
    )
  }

  const known = yield* makeRemembered(lookUp, { capacity: MOST_REMEMBERED, time: REMEMBERED, keeps: Option.isSome })

  const renew = Effect.fn("BoardSessions.renew")(function* (cookie: string) {
    const next = newCookie()
    const renewed = yield* sql`
      UPDATE board_sessions SET former_hash = hash, hash = ${hashOf(next)}, renewed_at = now()
      WHERE hash = ${hashOf(cookie)} AND renewed_at < now() - interval '1 hour' RETURNING id`.pipe(
      answered("renewSession"),
      asCallboard
    )
    yield* known.forget(cookie)
    return renewed.length === 0 ? Option.none() : Option.some(next)
  })

  const end = Effect.fn("BoardSessions.end")(function* (cookie: string) {
    const hash = hashOf(cookie)
    yield* sql`DELETE FROM board_sessions WHERE hash = ${hash} OR former_hash = ${hash}`.pipe(
      answered("endSession"),
      asCallboard
    )
    yield* known.forgetAll
  })

  const endAll = sql`DELETE FROM board_sessions RETURNING id`.pipe(
    Effect.map((ended) => ended.length),
    Effect.tap(known.forgetAll),
    answered("endAllSessions"),
    asCallboard
  )

  return BoardSessions.of({
    endAll,
    start,
    find: (cookie) => (SHAPE.test(cookie) ? known.get(cookie) : Effect.succeed(Option.none())),
    renew,
    end
  })
})

/** `tokenBinding`: what sessions of tokens are bound to now; none where no tokens are taken. */
export const layer = (tokenBinding: Uint8Array | undefined) => Layer.effect(BoardSessions, make(tokenBinding))
