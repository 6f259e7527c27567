import { expect } from "bun:test"
import { DateTime, Effect, Layer, Option, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { ApiKeys, callerOfKey } from "../../../src/domain/ApiKeys.ts"
import { BoardSessions } from "../../../src/domain/Credentials.ts"
import { type JwtOptions, tokenBinding } from "../../../src/runtime/JwtTokens.ts"
import { sweepIdentity } from "../../../src/runtime/postgres/identitySweep.ts"
import * as PgApiKeys from "../../../src/runtime/postgres/PgApiKeys.ts"
import * as PgBoardSessions from "../../../src/runtime/postgres/PgBoardSessions.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { as, claimsOf, column, INSUFFICIENT_PRIVILEGE, refusal, run } from "./asMember.ts"

const inDatabase = databaseTests(idle)

/** A process of its own: it remembers nothing of what others looked up. */
const processWith = (tokens: JwtOptions) =>
  Layer.fresh(Layer.merge(PgApiKeys.layer, PgBoardSessions.layer(tokenBinding(tokens))))

const TOKENS = { secret: Redacted.make("a-secret-that-nobody-knows-32-bytes!") } satisfies JwtOptions

const process = processWith(TOKENS)

const inProcess = <A, E, R>(body: Effect.Effect<A, E, R>) => Effect.provide(body, process)

const newKey = (organisationId: string) =>
  Effect.flatMap(ApiKeys, (keys) => keys.create({ name: "Ada", role: "operator", organisationId }))

const isKnown = (secret: string) => Effect.flatMap(ApiKeys, (keys) => Effect.map(keys.find(secret), Option.isSome))

inDatabase(
  "keeps of a key only what nobody can call with",
  inProcess(
    Effect.gen(function* () {
      const { key, secret } = yield* newKey("north")

      const [row] = yield* run(`SELECT *, encode(hash, 'hex') AS hash FROM api_keys WHERE id = '${key.id}'`)

      expect(secret).toMatch(/^cb_[A-Za-z0-9_-]{43}$/u)
      expect(JSON.stringify(row)).not.toContain(secret.slice(3))
      expect(row).toMatchObject({ hash: new Bun.CryptoHasher("sha256").update(secret).digest("hex") })
      expect(key).toMatchObject({ name: "Ada", role: "operator", organisationId: "north" })
    })
  )
)

inDatabase(
  "finds a key that lives, and none that is wrong, has expired or was revoked",
  inProcess(
    Effect.gen(function* () {
      const { list, revoke } = yield* ApiKeys
      const [live, expired, revoked] = yield* Effect.all([newKey("east"), newKey("east"), newKey("east")])
      yield* run(`UPDATE api_keys SET expires_at = now() - interval '1 second' WHERE id = '${expired.key.id}'`)
      expect(yield* isKnown(revoked.secret)).toBe(true)

      yield* revoke("east", revoked.key.id, "Grace")
      const foreign = yield* Effect.flip(revoke("elsewhere", live.key.id))

      expect(yield* isKnown(live.secret)).toBe(true)
      expect(yield* isKnown(expired.secret)).toBe(false)
      expect(yield* isKnown(revoked.secret)).toBe(false)
      expect(yield* isKnown(`${live.secret}x`)).toBe(false)
      expect(foreign._tag).toBe("ApiKeyNotFound")
      expect((yield* list("east")).map(({ revokedBy }) => revokedBy)).toEqual([undefined, "Grace", undefined])
    })
  )
)

inDatabase(
  "asks the database nothing for a key in use, and notices within seconds that another process revoked it",
  inProcess(
    Effect.gen(function* () {
      const { key, secret } = yield* newKey("west")
      const sql = yield* SqlClient.SqlClient
      expect(yield* isKnown(secret)).toBe(true)

      yield* sql`UPDATE api_keys SET revoked_at = now() WHERE id = ${key.id}::uuid`
      const remembered = yield* isKnown(secret)
      yield* Effect.repeat(isKnown(secret), { while: (known) => known })

      expect(remembered).toBe(true)
      expect(yield* inProcess(isKnown(secret))).toBe(false)
    })
  )
)

inDatabase(
  "writes when a key was last used, at most once a minute",
  Effect.gen(function* () {
    const { key, secret } = yield* inProcess(newKey("south"))
    const used = column(`SELECT last_used_at::text FROM api_keys WHERE id = '${key.id}'`)

    yield* inProcess(isKnown(secret))
    const first = yield* used
    yield* inProcess(isKnown(secret))
    const second = yield* used
    yield* run(`UPDATE api_keys SET last_used_at = now() - interval '2 minutes' WHERE id = '${key.id}'`)
    yield* inProcess(isKnown(secret))

    expect(first[0]).not.toBeNull()
    expect(second).toEqual(first)
    expect(
      yield* column(`SELECT last_used_at > now() - interval '1 minute' FROM api_keys WHERE id = '${key.id}'`)
    ).toEqual([true])
  })
)

inDatabase(
  "lists the keys that work before those that ended, however many these are",
  inProcess(
    Effect.gen(function* () {
      const { list } = yield* ApiKeys
      const [old, newer, expired] = yield* Effect.all([newKey("inland"), newKey("inland"), newKey("inland")])
      yield* run(`UPDATE api_keys SET expires_at = now() - interval '1 second' WHERE id = '${expired.key.id}'`)
      yield* run(`
        INSERT INTO api_keys (id, hash, name, role, organisation_id, revoked_at)
        SELECT overlay(gen_random_uuid()::text PLACING 'ffffffff' FROM 1)::uuid, sha256(n::text::bytea), 'run', 'viewer', 'inland', now()
        FROM generate_series(1, 500) n`)

      const listed = yield* list("inland")

      expect(listed).toHaveLength(500)
      expect(listed.slice(0, 2).map(({ id }) => id)).toEqual([newer.key.id, old.key.id])
      expect(listed[2]?.revokedAt).toBeDefined()
    })
  )
)

inDatabase(
  "stays closed when the last key was revoked",
  Effect.gen(function* () {
    yield* run("TRUNCATE api_keys CASCADE")
    const anyMade = inProcess(Effect.flatMap(ApiKeys, (keys) => keys.anyMade))

    const before = yield* anyMade
    const { key } = yield* inProcess(newKey("north"))
    yield* inProcess(Effect.flatMap(ApiKeys, ({ revoke }) => revoke("north", key.id)))

    expect([before, yield* anyMade]).toEqual([false, true])
  })
)

inDatabase(
  "goes on without keys while the database cannot say whether there is one",
  Effect.gen(function* () {
    yield* run("TRUNCATE api_keys CASCADE")
    const { anyMade } = yield* ApiKeys
    const before = yield* anyMade
    yield* run("ALTER TABLE api_keys RENAME TO away")
    yield* TestClock.adjust("1 minute")
    const during = yield* anyMade.pipe(Effect.ensuring(Effect.orDie(run("ALTER TABLE away RENAME TO api_keys"))))
    yield* newKey("north")
    yield* TestClock.adjust("1 minute")

    expect([before, during, yield* anyMade]).toEqual([false, false, true])
  }).pipe(inProcess, Effect.provide(TestClock.layer()))
)

inDatabase(
  "ends the session of a key with the key, that of a token with the token, and one that is signed out",
  Effect.gen(function* () {
    const { key } = yield* inProcess(newKey("north"))
    const anna = { via: "token", subject: "u1", name: "Anna", role: "member", organisationId: "north" } as const
    const { now } = yield* inProcess(
      Effect.gen(function* () {
        const sessions = yield* BoardSessions
        return { now: yield* DateTime.now, sessions }
      })
    )
    const later = now.epochMilliseconds + 60_000
    const start = (...given: Parameters<BoardSessions["Service"]["start"]>) =>
      inProcess(Effect.flatMap(BoardSessions, (sessions) => sessions.start(...given)))
    const callerOf = (cookie: string) =>
      inProcess(Effect.flatMap(BoardSessions, ({ find }) => find(cookie))).pipe(
        Effect.map((found) => Option.getOrUndefined(found)?.caller)
      )
    const [ofKey, ofToken, ofOldToken, left] = yield* Effect.all([
      start(callerOfKey(key)),
      start(anna, later),
      start(anna, now.epochMilliseconds - 1),
      start(anna, later)
    ])
    expect(yield* callerOf(ofKey)).toEqual(callerOfKey(key))

    yield* inProcess(Effect.flatMap(BoardSessions, ({ end }) => end(left)))
    yield* inProcess(Effect.flatMap(ApiKeys, ({ revoke }) => revoke("north", key.id)))

    expect(yield* callerOf(ofKey)).toBeUndefined()
    expect(yield* callerOf(ofToken)).toEqual(anna)
    expect(yield* callerOf(ofOldToken)).toBeUndefined()
    expect(yield* callerOf(left)).toBeUndefined()
    expect(yield* callerOf("nonsense")).toBeUndefined()
  })
)

inDatabase(
  "ends sessions of tokens with any setting that let them in, and keeps those of keys",
  Effect.gen(function* () {
    const anna = { via: "token", subject: "u2", name: "Anna", role: "service", organisationId: "north" } as const
    const { key } = yield* inProcess(newKey("north"))
    const server = (tokens: JwtOptions) => ({
      start: (...given: Parameters<BoardSessions["Service"]["start"]>) =>
        Effect.provide(
          Effect.flatMap(BoardSessions, (sessions) => sessions.start(...given)),
          processWith(tokens)
        ),
      knows: (cookie: string) =>
        Effect.provide(
          Effect.flatMap(BoardSessions, ({ find }) => Effect.map(find(cookie), Option.isSome)),
          processWith(tokens)
        )
    })
    const all: JwtOptions = {
      ...TOKENS,
      jwksUrl: "http://keys.example/",
      issuer: "us",
      audience: "people",
      organisationClaim: "org"
    }
    const ofKey = yield* server(all).start(callerOfKey(key))
    const ofToken = yield* server(all).start(anna)
    const ofKeySet = yield* server({ jwksUrl: "http://keys.example/" }).start(anna)
    const others: ReadonlyArray<JwtOptions> = [
      { ...all, secret: Redacted.make("another-secret-that-nobody-knows-32!") },
      { ...all, secret: undefined },
      { ...all, jwksUrl: "http://others.example/" },
      { ...all, jwksUrl: undefined },
      { ...all, issuer: undefined },
      { ...all, audience: "others" },
      { ...all, organisationClaim: undefined },
      {}
    ]

    expect(yield* server({ ...all }).knows(ofToken)).toBe(true)
    expect(yield* server({ jwksUrl: "http://keys.example/" }).knows(ofKeySet)).toBe(true)
    for (const other of others) {
      expect(yield* server(other).knows(ofToken)).toBe(false)
      expect(yield* server(other).knows(ofKey)).toBe(true)
    }
    expect(yield* server({}).knows(yield* server({}).start(anna))).toBe(false)
    // As an older version beside this one begins it.
    yield* run("UPDATE board_sessions SET token_binding = NULL WHERE subject = 'u2'")
    expect(yield* server(all).knows(ofToken)).toBe(false)
  })
)

inDatabase(
  "signs everybody out at once",
  Effect.gen(function* () {
    yield* run("TRUNCATE board_sessions")
    const { key } = yield* inProcess(newKey("north"))
    yield* inProcess(
      Effect.gen(function* () {
        const { endAll, find, start } = yield* BoardSessions
        const cookies = [yield* start(callerOfKey(key)), yield* start(callerOfKey(key))]
        expect(Option.isSome(yield* find(cookies[0]!))).toBe(true)

        expect(yield* endAll).toBe(2)

        for (const cookie of cookies) expect(Option.isSome(yield* find(cookie))).toBe(false)
      })
    )
  })
)

inDatabase(
  "begins a session of seven days with a token that is good for longer than dates can say",
  inProcess(
    Effect.gen(function* () {
      const { find, start } = yield* BoardSessions
      const anna = { via: "token", subject: "far", name: "Anna", role: "member", organisationId: "north" } as const
      for (const exp of [10_000_000_000_000, Number.MAX_SAFE_INTEGER, Number.MAX_VALUE]) {
        expect(Option.isSome(yield* find(yield* start(anna, exp * 1_000)))).toBe(true)
      }

      expect(
        yield* column(
          "SELECT DISTINCT round(extract(epoch FROM expires_at - started_at) / 86400)::int FROM board_sessions WHERE subject = 'far'"
        )
      ).toEqual([7])
    })
  )
)

inDatabase(
  "changes the cookie of a session once an hour, and takes the former one a moment longer",
  inProcess(
    Effect.gen(function* () {
      const { find, renew, start } = yield* BoardSessions
      const { key } = yield* newKey("north")
      const cookie = yield* start(callerOfKey(key))
      const tooEarly = yield* renew(cookie)
      yield* run(`UPDATE board_sessions SET renewed_at = now() - interval '2 hours' WHERE key_id = '${key.id}'`)

      const isDue = Option.getOrThrow(yield* find(cookie)).isDue
      const [next, lost] = [yield* renew(cookie), yield* renew(cookie)]
      const former = yield* find(cookie)
      yield* run(`UPDATE board_sessions SET renewed_at = now() - interval '2 minutes' WHERE key_id = '${key.id}'`)
      const late = yield* inProcess(Effect.flatMap(BoardSessions, (sessions) => sessions.find(cookie)))

      expect([Option.isNone(tooEarly), isDue, Option.isSome(next), Option.isNone(lost)]).toEqual([
        true,
        true,
        true,
        true
      ])
      expect([Option.isSome(former), Option.isNone(late)]).toEqual([true, true])
      expect(Option.isSome(yield* find(Option.getOrThrow(next)))).toBe(true)
      expect(
        yield* column(`SELECT count(*)::int FROM board_sessions WHERE encode(hash, 'escape') = '${cookie}'`)
      ).toEqual([0])
    })
  )
)

inDatabase(
  "removes sessions that nobody used for a day, and audit entries after a year",
  Effect.gen(function* () {
    yield* run("TRUNCATE board_sessions, audit_log")
    yield* inProcess(
      Effect.gen(function* () {
        const { start } = yield* BoardSessions
        const { key } = yield* newKey("north")
        yield* start(callerOfKey(key))
        yield* run("UPDATE board_sessions SET renewed_at = now() - interval '25 hours'")
        yield* start(callerOfKey(key))
      })
    )
    yield* run(`
      INSERT INTO audit_log (id, at, via, subject, name, action)
      SELECT gen_random_uuid(), now() - days * interval '1 day', 'key', 's', days::text, 'cancel'
      FROM unnest('{364,366}'::integer[]) AS days`)

    yield* sweepIdentity

    expect(yield* column("SELECT count(*)::int FROM board_sessions")).toEqual([1])
    expect(yield* column("SELECT name FROM audit_log")).toEqual(["364"])
  })
)

inDatabase(
  "shows members neither keys nor sessions nor the audit trail",
  Effect.gen(function* () {
    for (const table of ["api_keys", "board_sessions", "audit_log"]) {
      for (const statement of [`SELECT FROM ${table}`, `DELETE FROM ${table}`, `INSERT INTO ${table} DEFAULT VALUES`]) {
        const asOperator = as(claimsOf("olga", "north", "operator"))
        expect(yield* refusal(asOperator(run(statement)))).toBe(INSUFFICIENT_PRIVILEGE)
      }
    }
  })
)
