/** Signals to a whole embedded PostgreSQL. Its processes are in sessions of their own, so no group holds them all. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"

export const postmasterOf = (dataDirectory: string): number =>
  Number(readFileSync(join(dataDirectory, "postgres/postmaster.pid"), "utf8").split("\n")[0])

/** The text of a file of a process that may end meanwhile. */
const read = (path: string) => Effect.try(() => readFileSync(path, "utf8")).pipe(Effect.orElseSucceed(() => ""))

const childrenOf = (parent: number) =>
  Effect.forEach(
    readdirSync("/proc").filter((name) => /^\d+$/u.test(name)),
    (pid) =>
      Effect.map(read(`/proc/${pid}/stat`), (stat) =>
        // The name of the program, in parentheses, may hold anything.
        Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === parent ? [Number(pid)] : []
      )
  ).pipe(Effect.map((found) => found.flat()))

const signal = (pid: number, name: NodeJS.Signals) => Effect.ignore(Effect.try(() => process.kill(pid, name)))

/** The parent first, so that nothing is started or noticed meanwhile; gives what continues it. */
export const freezePostgres = (dataDirectory: string) =>
  Effect.gen(function* () {
    const postmaster = postmasterOf(dataDirectory)
    yield* signal(postmaster, "SIGSTOP")
    const all = [postmaster, ...(yield* childrenOf(postmaster))]
    yield* Effect.forEach(all, (pid) => signal(pid, "SIGSTOP"))
    return Effect.forEach(all, (pid) => signal(pid, "SIGCONT"), { discard: true })
  })
