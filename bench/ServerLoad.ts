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
const readProcess = (pid: string | number, file: "stat" | "schedstat"): string => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8")
  } catch {
    return ""
  }
}

/** proc(5): the name stands in parentheses, and the state follows it. */
const statOf = (pid: string | number) => {
  const text = readProcess(pid, "stat")
  const fields = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number)
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15)
  return {
    parent: fields[1] ?? 0,
    seconds: (user + system) / TICKS_PER_SECOND,
    endedChildrenSeconds: (endedUser + endedSystem) / TICKS_PER_SECOND
  }
}

/** Of one process with all of its threads, to a hundredth of a second. */
export const processCpuSeconds = (pid: number): number => statOf(pid).seconds

/** In nanoseconds, because a process of an idle server uses less than a tick. Those of PostgreSQL have one thread each. */
const cpuSecondsOf = (pid: string | number): number => Number(readProcess(pid, "schedstat").split(" ")[0]) / 1e9

/** Of a server and its processes, those that have ended included. Only Linux tells. */
export const treeCpuSeconds = (server: number): number => {
  if (process.platform !== "linux") return Number.NaN
  const children = readdirSync("/proc").filter((name) => /^\d+$/u.test(name) && statOf(name).parent === server)
  return [server, ...children].map(cpuSecondsOf).reduce((sum, each) => sum + each, statOf(server).endedChildrenSeconds)
}

/** Asks in the maintenance database, so that its own transactions are not counted. */
export const postgresLoad = async (address: PostgresAddress): Promise<ServerLoad> => {
  const sql = connect({ ...address, database: "postgres" })
  const [row] = await sql<ReadonlyArray<{ pid: number; transactions: number }>>`
    SELECT pg_backend_pid() AS pid, (xact_commit + xact_rollback)::int AS transactions
    FROM pg_stat_database WHERE datname = ${address.database}`
  const cpuSeconds = treeCpuSeconds(statOf(row!.pid).parent)
  await sql.close()
  return { cpuSeconds, statements: row!.transactions }
}
