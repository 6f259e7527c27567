/** `bun run callboard ...`, to its end. */
import { join } from "node:path"
import { Effect } from "effect"

const CLI = join(import.meta.dir, "../../src/cli.ts")

type Environment = Readonly<Record<string, string>>

/** One that goes on, for who wants to stop it. */
export const startCommand = (env: Environment, words: ReadonlyArray<string>, cwd = process.cwd()) => {
  const child = Bun.spawn(["bun", CLI, ...words], {
    cwd,
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe"
  })
  const ended = Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]).then(
    ([out, error, code]) => ({ out: out.trim(), error: error.trim(), code })
  )
  return { kill: (signal: NodeJS.Signals) => child.kill(signal), ended }
}

export const commandLine =
  (env: Environment) =>
  (...words: ReadonlyArray<string>) =>
    Effect.promise(() => startCommand(env, words).ended)
