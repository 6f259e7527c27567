/** Keys, sessions and the audit trail in memory. */
import { DateTime, Effect, Layer, Option } from "effect"
import {
  type ApiKey,
  ApiKeyId,
  ApiKeyNotFound,
  ApiKeys,
  callerOfKey,
  type NewApiKey
} from "../../src/domain/ApiKeys.ts"
import { type AuditEntry, AuditLog, type AuditNote } from "../../src/domain/AuditLog.ts"
import { type Caller, CurrentCaller } from "../../src/domain/Caller.ts"
import { BoardSessions, type TokenBearer, Tokens } from "../../src/domain/Credentials.ts"
import type { JobsUnavailable } from "../../src/domain/Jobs.ts"

export interface SeenNote extends AuditNote {
  readonly by: string | undefined
}

const entryOf = ({ action, after, by, target }: SeenNote, index: number): AuditEntry => ({
  id: `018f0000-0000-7000-8000-${String(index).padStart(12, "0")}`,
  at: DateTime.makeUnsafe("2026-11-24T05:00:00Z"),
  via: "key",
  subject: "key-1",
  name: by ?? "somebody",
  role: "admin",
  action,
  ...(target !== undefined && { target }),
  ...(after !== undefined && { after })
})

/** `secrets` has each live key by its text. `made` stays true when the last one is revoked. */
export const makeFakeIdentity = () => {
  const all: Array<ApiKey> = []
  const secrets = new Map<string, ApiKey>()
  const sessions = new Map<string, { caller: Caller; isDue: boolean }>()
  const tokens = new Map<string, TokenBearer>()
  const notes: Array<SeenNote> = []
  /** `fails`: what looking for a key fails with. */
  const state = { tokensTaken: false, fails: undefined as JobsUnavailable | undefined }

  let started = 0

  const create = (request: NewApiKey) => {
    const number = String(all.length + 1).padStart(12, "0")
    const id = ApiKeyId.make(`018f0000-0000-7000-8000-${number}`)
    const key: ApiKey = { id, createdAt: DateTime.makeUnsafe("2026-11-24T05:00:00Z"), ...request }
    const secret = `cb_${number.padEnd(43, "x")}`
    all.unshift(key)
    secrets.set(secret, key)
    return { key, secret }
  }

  const note = (entry: AuditNote) =>
    Effect.map(CurrentCaller, (caller) => {
      notes.push({ ...entry, by: Option.getOrUndefined(caller)?.name })
    })

  const layer = Layer.mergeAll(
    Layer.succeed(ApiKeys, {
      create: (request) => Effect.sync(() => create(request)),
      list: (organisationId) => Effect.sync(() => all.filter((key) => key.organisationId === organisationId)),
      revoke: (organisationId, id) =>
        Effect.suspend(() => {
          const key = all.find((each) => each.id === id && each.organisationId === organisationId)
          if (key === undefined) return Effect.fail(new ApiKeyNotFound({ id }))
          for (const [secret, each] of secrets) if (each.id === id) secrets.delete(secret)
          return Effect.succeed({ ...key, revokedAt: key.createdAt })
        }),
      find: (secret) =>
        Effect.suspend(() =>
          state.fails === undefined
            ? // As a database, which answers later.
              Effect.as(Effect.yieldNow, Option.fromUndefinedOr(secrets.get(secret)))
            : Effect.fail(state.fails)
        ),
      anyMade: Effect.sync(() => all.length > 0)
    }),
    Layer.succeed(BoardSessions, {
      start: (caller) =>
        Effect.sync(() => {
          const cookie = `session-${++started}`
          sessions.set(cookie, { caller, isDue: false })
          return cookie
        }),
      find: (cookie) => Effect.sync(() => Option.fromUndefinedOr(sessions.get(cookie))),
      renew: (cookie) =>
        Effect.sync(() => {
          const session = sessions.get(cookie)
          if (session === undefined) return Option.none()
          sessions.set(`${cookie}-renewed`, { ...session, isDue: false })
          return Option.some(`${cookie}-renewed`)
        }),
      end: (cookie) => Effect.sync(() => void sessions.delete(cookie)),
      endAll: Effect.sync(() => {
        const { size } = sessions
        sessions.clear()
        return size
      })
    }),
    Layer.sync(Tokens, () =>
      Tokens.of({
        get taken() {
          return state.tokensTaken
        },
        verify: (token) => Effect.fromOption(Option.fromUndefinedOr(tokens.get(token))).pipe(Effect.orDie)
      })
    ),
    Layer.succeed(AuditLog, {
      write: note,
      begin: (entry) => Effect.as(note(entry), () => Effect.void),
      note,
      list: () => Effect.sync(() => ({ entries: notes.map(entryOf) }))
    })
  )

  /** The text of a new key with this role. */
  const keyFor = (role: ApiKey["role"], organisationId = "default") =>
    create({ name: `a ${role}`, role, organisationId }).secret
  const callerWith = (secret: string) => callerOfKey(secrets.get(secret)!)

  return { all, callerWith, keyFor, layer, notes, secrets, sessions, state, tokens }
}
