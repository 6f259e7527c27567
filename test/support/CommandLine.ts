/** `bun run callboard ...`, to its end. */
import { join } from "node:path"
import { Effect } from "effect"

const CLI = join(import.meta.dir, "../../src/cli.ts")

export const commandLine =
  (env: Readonly<Record<string, string>>) =>
  (...words: ReadonlyArray<string>) =>
    Effect.promise(async () => {
      const child = Bun.spawn(["bun", CLI, ...words], {
        env: { ...process.env, ...env },
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe"
      })
      const [out, error, code] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
        child.exited
      ])
      return { out: out.trim(), error: error.trim(), code }
    })
