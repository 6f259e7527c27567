/** Requests with an Idempotency-Key: done once in 24 hours, in one transaction with the key, and replayed after that. */
import { Effect, Option, type Schema } from "effect"
import { SqlClient, type SqlError, type Statement } from "effect/sql"
import { CurrentCaller } from "../../domain/Caller.ts"
import { type CreateOptions, IdempotencyMismatch } from "../../domain/Jobs.ts"
import { makeCallers } from "./asCaller.ts"
import { orUnavailable, unavailable } from "./callFailures.ts"

/** Any fixed number: keeps the advisory locks of keys apart from other ones. `create_jobs_at_once` names it too. */
const KEY_LOCKS = 7_210_522

/** One request per key, and what became of one with another body. */
export interface Once {
  readonly key: string
  readonly hash: Buffer
  readonly organisation: string
  readonly whileInFlight?: CreateOptions["whileInFlight"]
}

/** How a key is bound to what it made: the names of two functions of the database, and what the second one is given. */
export interface KeyKind<Made> {
  readonly find: string
  readonly keep: string
  readonly sent: (sql: SqlClient.SqlClient, made: Made) => Statement.Fragment
}

type Passing = SqlError.SqlError | Schema.SchemaError | "ended meanwhile"

/** The whole transaction is worth another try: what it looked at is different now. */
type Over = "lost the race" | "ended meanwhile"
const isOver = (error: unknown): error is Over => error === "lost the race" || error === "ended meanwhile"

/** A request with a key, from its first look on. */
export const untilDone =
  (operation: string) =>
  <A, E, R>(attempt: Effect.Effect<A, E, R>) =>
    attempt.pipe(
      Effect.retry({ while: isOver, times: 3 }),
      orUnavailable(operation),
      Effect.mapError((error) =>
        isOver(error) ? unavailable(operation)(error) : (error as Exclude<typeof error, Over>)
      )
    )

/** What a key is locked by, while what it stands for is looked up and made. */
export const lockNameOf = ({ key, organisation }: Once) => JSON.stringify([organisation, key])

export const makeOnce = <Made>(kind: KeyKind<Made>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const callers = yield* makeCallers

    /** The lock ends with the transaction, so one who went away stands in nobody's way. */
    const enter = (request: Once) => {
      const { key, whileInFlight = "wait" } = request
      const lock = sql`hashtextextended(${lockNameOf(request)}, ${KEY_LOCKS})`
      return whileInFlight === "wait"
        ? sql`SELECT pg_advisory_xact_lock(${lock})`
        : sql<{ mine: boolean }>`SELECT pg_try_advisory_xact_lock(${lock}) AS mine`.pipe(
            Effect.flatMap(([row]) =>
              row?.mine === true ? Effect.void : new IdempotencyMismatch({ key, inFlight: true })
            )
          )
    }

    /** Callers are bound to their own organisation by the database, Callboard itself says which. */
    const call = (name: string, organisation: string, sent: Statement.Fragment) =>
      Effect.map(CurrentCaller, (caller) =>
        Option.isSome(caller)
          ? sql`${sql.literal(`${name}_for_callers`)}(${sent})`
          : sql`${sql.literal(name)}(${organisation}, ${sent})`
      )

    /** What the key made before; fails when it was made by another request. */
    const earlier = ({ hash, key, organisation }: Once) =>
      Effect.gen(function* () {
        const found = yield* call(kind.find, organisation, sql`${key}, ${hash}`)
        const [known] = yield* sql<Made & { readonly same: boolean }>`SELECT * FROM ${found}`
        if (known === undefined) return undefined
        return known.same ? known : yield* new IdempotencyMismatch({ key })
      })

    /** Remembers in the same transaction what the key made. */
    const remember = ({ hash, key, organisation }: Once, made: Made) =>
      Effect.gen(function* () {
        const keep = yield* call(kind.keep, organisation, sql`${key}, ${hash}, ${kind.sent(sql, made)}`)
        const [kept] = yield* sql<{ mine: boolean }>`SELECT ${keep} AS mine`
        if (kept?.mine !== true) return yield* Effect.fail("lost the race" as const)
      })

    return <A, E = never>(
      operation: string,
      request: Once,
      replay: (made: Made) => Effect.Effect<A, Passing>,
      make: Effect.Effect<{ readonly answer: A; readonly made: Made }, E | Passing>
    ) =>
      callers
        .transaction(
          Effect.gen(function* () {
            yield* enter(request)
            const before = yield* earlier(request)
            if (before !== undefined) return yield* replay(before)
            const { answer, made } = yield* make
            yield* remember(request, made)
            return answer
          })
        )
        .pipe(untilDone(operation))
  })
