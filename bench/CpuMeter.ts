/** What a Callboard with its own PostgreSQL spends: CPU time says the same on a machine that others use as well. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { processCpuSeconds, treeCpuSeconds } from "./ServerLoad.ts"

export interface CpuSeconds {
  readonly server: number
  readonly postgres: number
}

export const makeCpuMeter = (pid: number, dataDirectory: string) => {
  const postmaster = Number(readFileSync(join(dataDirectory, "postgres/postmaster.pid"), "utf8").split("\n")[0])
  const now = (): CpuSeconds => ({ server: processCpuSeconds(pid), postgres: treeCpuSeconds(postmaster) })
  /** What both spend while the body runs. */
  const during = async <A>(body: () => Promise<A>): Promise<{ readonly value: A; readonly cpu: CpuSeconds }> => {
    const before = now()
    const value = await body()
    const after = now()
    return { value, cpu: { server: after.server - before.server, postgres: after.postgres - before.postgres } }
  }
  return { during }
}
