/** Whether others reach a server that lets everybody do everything: the start refuses that. */
import { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { isLocal, NoKeys } from "../../domain/Reach.ts"
import * as PgDatabase from "../../runtime/postgres/PgDatabase.ts"
import type { Settings } from "../../runtime/Settings.ts"
import { theDatabaseAsItIs } from "../theDatabase.ts"
import { type Finding, fault, fine, warning } from "./Finding.ts"

const ABOUT = "keys"

const HOW = "Or give tokens a setting (CALLBOARD_JWT_SECRET, CALLBOARD_JWKS_URL), or let HOST be 127.0.0.1."

/** Before the first migration there is no table of them. */
const anyMade = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const [table] = yield* sql<{ exists: boolean }>`SELECT to_regclass('api_keys') IS NOT NULL AS exists`
  if (table?.exists !== true) return false
  const [row] = yield* sql<{ made: boolean }>`SELECT EXISTS (SELECT FROM api_keys) AS made`
  return row?.made === true
})

/** Nothing to say of a database that cannot be asked: why, is another finding. */
export const checkReach = (settings: Settings): Effect.Effect<ReadonlyArray<Finding>> =>
  Effect.gen(function* () {
    const { host: bound, jwksUrl, jwtSecret, publicUrl, role } = settings
    const hosts = { bound, ...(publicUrl !== undefined && { publicUrl: new URL(publicUrl) }) }
    if (role === "worker" || isLocal(hosts)) return []
    if (jwksUrl !== undefined || jwtSecret !== undefined) return [fine(ABOUT, "tokens say who calls")]
    const refusal = fault(ABOUT, NoKeys.at(hosts).message, HOW)
    const address = theDatabaseAsItIs(settings)
    if (address === "none") return [refusal]
    if (address === "stopped") {
      const says = `can be looked at only while Callboard runs. ${NoKeys.at(hosts).reach} lets others reach this server: if no key was made, the start refuses.`
      return [warning(ABOUT, says, `\`bun run keys list\` tells whether there is one. ${HOW}`)]
    }
    const isMade = yield* anyMade.pipe(Effect.provide(PgDatabase.untouched(address)))
    return [isMade ? fine(ABOUT, "are asked for") : refusal]
  }).pipe(Effect.catch(() => Effect.succeed([])))
