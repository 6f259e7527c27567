/** What a server has used since it started, read without running anything in the measured database. */
import { readdirSync, readFileSync } from "node:fs"
import { connect } from "./systems/connect.ts"
import type { PostgresAddress } from "./systems/System.ts"

export interface ServerLoad {
  readonly cpuSeconds: number
  /** Transactions of PostgreSQL, where a statement by itself is one; commands of Redis. */
  readonly statements: number
}

/** USER_HZ: 100 on every Linux that Bun runs on. */
const TICKS_PER_SECOND = 100

/** Empty for a process that has ended. */
const readStat = (pid: string | number): string => {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8")
  } catch {
    return ""
  }
}

interface ProcessTimes {
  readonly parent: number
  readonly ownTicks: number
  /** Of its children that have ended. */
  readonly endedTicks: number
}

/** proc(5): the name stands in parentheses, and the state follows it. */
const timesOf = (pid: string | number): ProcessTimes => {
  const text = readStat(pid)
  const fields = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number)
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15)
  return { parent: fields[1] ?? 0, ownTicks: user + system, endedTicks: endedUser + endedSystem }
}

/** Of a server and its processes, those that have ended included. Only Linux tells. */
const cpuSecondsOf = (server: number): number => {
  if (process.platform !== "linux") return Number.NaN
  const { endedTicks, ownTicks } = timesOf(server)
  const children = readdirSync("/proc")
    .filter((name) => /^\d+$/u.test(name))
    .map(timesOf)
    .filter(({ parent }) => parent === server)
  return children.reduce((sum, child) => sum + child.ownTicks, ownTicks + endedTicks) / TICKS_PER_SECOND
}

/** Asks in the maintenance database, so that its own transactions are not counted. */
export const postgresLoad = async (address: PostgresAddress): Promise<ServerLoad> => {
  const sql = connect({ ...address, database: "postgres" })
  const [row] = await sql<ReadonlyArray<{ pid: number; transactions: number }>>`
    SELECT pg_backend_pid() AS pid, (xact_commit + xact_rollback)::int AS transactions
    FROM pg_stat_database WHERE datname = ${address.database}`
  const cpuSeconds = cpuSecondsOf(timesOf(row!.pid).parent)
  await sql.close()
  return { cpuSeconds, statements: row!.transactions }
}
