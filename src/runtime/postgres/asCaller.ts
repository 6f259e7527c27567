/**
 * What people and programs ask for runs as the database's role of members, under the claims of who asks, so that the
 * policies of the migrations judge each row, whatever a query forgot. What Callboard does for itself has no caller, and
 * runs as the owner, without a transaction around it.
 *
 * Role and claims are set for one transaction, never for a session: poolers give sessions to somebody else.
 */
import { Context, Effect, Option } from "effect"
import { SqlClient, type SqlError, type Statement } from "effect/sql"
import { asCallboard, type Caller, CurrentCaller, DEFAULT_ORGANISATION } from "../../domain/Caller.ts"
import { CurrentJob } from "../../domain/CurrentJob.ts"
import { JobsUnavailable } from "../../domain/Jobs.ts"
import { NotAllowed } from "../../domain/NotAllowed.ts"
import { storableName } from "../../domain/Storable.ts"
import { orUnavailable } from "./callFailures.ts"
import { inTransaction } from "./inTransaction.ts"
import { MEMBER, MemberRole } from "./MemberRole.ts"
import { codeOf, INSUFFICIENT_PRIVILEGE } from "./sqlState.ts"

/** Set while the fiber works inside of a transaction of this caller. */
const InTransactionOf = Context.Reference<Option.Option<Caller>>("callboard/runtime/InTransactionOf", {
  defaultValue: Option.none
})

/** Who asks, where nothing was begun yet that has to see its own changes. */
export const callerOutside = Effect.flatMap(InTransactionOf, (open) =>
  Option.isSome(open) ? Effect.succeed(Option.none<Caller>()) : CurrentCaller
)

/** As `callboard_claims` reads them (migrations). */
const claimsOf = ({ name, organisationId, role, subject }: Caller) =>
  JSON.stringify({ sub: subject, name: storableName(name), role, organisation_id: organisationId })

/** For which organisation the current fiber works: its caller's, or that of the job whose script it runs. */
export const workingFor = Effect.map(Effect.context<never>(), (context): Option.Option<string> => {
  const caller: Option.Option<{ readonly organisationId: string }> = Context.get(context, CurrentCaller)
  const known = Option.isSome(caller) ? caller : Context.get(context, CurrentJob)
  return Option.map(known, ({ organisationId }) => organisationId)
})

export const currentOrganisation = Effect.map(
  workingFor,
  Option.getOrElse(() => DEFAULT_ORGANISATION)
)

export type Callers = Effect.Success<typeof makeCallers>

export const makeCallers = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const memberRole = yield* MemberRole

  const become = (caller: Caller) =>
    memberRole.isUsable
      ? sql`SELECT set_config('request.jwt.claims', ${claimsOf(caller)}, true), set_config('role', ${MEMBER}, true)`
      : sql`SELECT set_config('request.jwt.claims', ${claimsOf(caller)}, true)`

  /** Without the role, only this computer is served: whoever calls from there can read the database's address as well. */
  const checkRole = (caller: Caller) =>
    memberRole.isUsable || caller.via === "local" ? Effect.void : Effect.fail(memberRole.refusal)

  /** One transaction, the caller's where there is one. Inside of that it is part of it. */
  const transaction = <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E | SqlError.SqlError, R> =>
    Effect.gen(function* () {
      const caller = yield* CurrentCaller
      if (Option.isNone(caller)) return yield* inTransaction(sql, work)
      const open = yield* InTransactionOf
      if (Option.isSome(open)) {
        return yield* open.value === caller.value ? work : Effect.die(new Error("a transaction has one caller"))
      }
      yield* checkRole(caller.value)
      return yield* inTransaction(
        sql,
        Effect.andThen(become(caller.value), Effect.provideService(work, InTransactionOf, caller))
      )
    })

  /**
   * Role and claims for a statement that takes them itself, in one round trip: the first arguments of a function that is
   * named `..._as` (migrations). None where there is no caller, and inside of a transaction, which has taken them.
   */
  const direct = Effect.gen(function* () {
    const caller = yield* CurrentCaller
    if (Option.isNone(caller) || Option.isSome(yield* InTransactionOf)) return Option.none<Statement.Fragment>()
    yield* checkRole(caller.value)
    return Option.some(sql`${memberRole.isUsable ? MEMBER : null}::text, ${claimsOf(caller.value)}::text`)
  })

  /** Statements as they are where there is no caller; otherwise one transaction of the caller. */
  const run = <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E | SqlError.SqlError, R> =>
    Effect.flatMap(CurrentCaller, (caller) => (Option.isNone(caller) ? work : transaction(work)))

  const isRefused = (error: unknown): boolean =>
    error instanceof JobsUnavailable && codeOf(error.cause) === INSUFFICIENT_PRIVILEGE

  /**
   * What Callboard does for itself while it serves a caller, such as a look at what no member may see. Outside of the
   * caller's transaction, whose connection has the caller's role.
   */
  const itself = <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.flatMap(CurrentCaller, (caller) =>
      Option.isNone(caller)
        ? work
        : work.pipe(
            asCallboard,
            Effect.provideService(InTransactionOf, Option.none()),
            Effect.updateContext(
              (context: Context.Context<R>) => Context.omit(sql.transactionService)(context) as Context.Context<R>
            )
          )
    )

  /** What the database refuses a caller is told as such. What it refuses Callboard itself is a fault of the set-up. */
  const refusing =
    (operation: string) =>
    <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E | NotAllowed, R> =>
      Effect.flatMap(CurrentCaller, (caller): Effect.Effect<A, E | NotAllowed, R> => {
        if (Option.isNone(caller)) return work
        return Effect.catchIf(work, isRefused, () => new NotAllowed({ operation })) as Effect.Effect<
          A,
          E | NotAllowed,
          R
        >
      })

  /** What only looks, as its caller: what may not be seen is not there. */
  const reading =
    (operation: string) =>
    <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E | JobsUnavailable, R> =>
      Effect.flatMap(CurrentCaller, (caller): Effect.Effect<A, E | JobsUnavailable, R> => {
        if (Option.isNone(caller)) return work
        return transaction(work).pipe(orUnavailable(operation)) as Effect.Effect<A, E | JobsUnavailable, R>
      })

  /** A whole call, as its caller. */
  const call =
    (operation: string) =>
    <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E | JobsUnavailable | NotAllowed, R> =>
      refusing(operation)(reading(operation)(work))

  return { call, direct, itself, reading, refusing, run, transaction }
})

type Method = Effect.Effect<unknown, unknown, unknown> | ((...args: never) => unknown)

/**
 * A service of which each method runs as its caller. Methods that are `besides` say themselves what of them does:
 * streams, and those that share statements with other callers.
 */
export const forCallers = <S extends { readonly [name in keyof S]: Method }>(
  { call }: Callers,
  service: S,
  besides: ReadonlyArray<keyof S> = []
): S => {
  const wrapped = (name: string, method: Method): Method => {
    if (Effect.isEffect(method)) return call(name)(method)
    return (...args: never) => {
      const made = method(...args)
      return Effect.isEffect(made) ? call(name)(made) : Effect.die(new Error(`${name} does not run as its caller`))
    }
  }
  const others = Object.entries<Method>(service).filter(([name]) => !besides.some((each) => each === name))
  // What runs as its caller has the type that it had.
  return { ...service, ...Object.fromEntries(others.map(([name, method]) => [name, wrapped(name, method)])) }
}
