/** Whether this process can act as the database's role of members. Some hosted databases let their user make no roles. */
import { Context, Effect } from "effect"
import { SqlClient, SqlError } from "effect/sql"
import { inTransaction } from "./inTransaction.ts"

export const MEMBER = "callboard_member"

/**
 * From PostgreSQL 16 on a member may lack the option to take the role, as who made a role does, and a GRANT that does not
 * name the option leaves a membership as it is.
 */
export const HAS_SET_OPTION = "current_setting('server_version_num')::integer >= 160000"

interface Us {
  readonly user: string
  readonly hasRole: boolean
  readonly hasSetOption: boolean
}

/** What who may has to run. Names nothing but the user that we are; roles belong to all databases of a server. */
export const memberRoleFor = ({ hasRole, hasSetOption, user }: Us) =>
  `${hasRole ? "" : `CREATE ROLE ${MEMBER} NOLOGIN; `}GRANT ${MEMBER} TO "${user.replaceAll('"', '""')}"${hasSetOption ? " WITH SET TRUE" : ""};`

const refusalOf = (sentence: string) =>
  new SqlError.SqlError({
    reason: new SqlError.AuthorizationError({ cause: new Error(sentence), message: sentence, operation: "set role" })
  })

interface State {
  readonly isUsable: boolean
  /** What callers with a key or a token get where it is not. */
  readonly refusal: SqlError.SqlError
}

const USABLE: State = { isUsable: true, refusal: refusalOf("the role of members cannot be used") }

export const MemberRole = Context.Reference<State>("callboard/runtime/MemberRole", { defaultValue: () => USABLE })

/** Takes the role once, and looks whether it may do what it needs. */
export const check = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [us] = yield* sql<Us>`
    SELECT current_user AS user, to_regrole(${MEMBER}) IS NOT NULL AS has_role,
      ${sql.literal(HAS_SET_OPTION)} AS has_set_option`
  const tried = inTransaction(
    sql,
    Effect.gen(function* () {
      yield* sql`SELECT set_config('role', ${MEMBER}, true)`
      yield* sql`SELECT 1 FROM waiting_reasons_for_callers('{}') LEFT JOIN script_jobs ON false`
    })
  )
  return yield* tried.pipe(
    Effect.as(USABLE),
    Effect.catchIf(
      ({ reason }) => reason._tag !== "ConnectionError" && reason._tag !== "LockTimeoutError",
      () => {
        const sentence =
          `The database's user may not act as ${MEMBER}, so callers with keys or tokens are refused. ` +
          `Have this run by who may: ${memberRoleFor(us!)} ` +
          `and, as that user: SELECT callboard_let_in('${MEMBER}'); Then start again.`
        return Effect.as(Effect.logWarning(sentence), { isUsable: false, refusal: refusalOf(sentence) })
      }
    )
  )
})
