import { expect, test } from "bun:test"
import { closeSync, existsSync, openSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { commandLine } from "../support/CommandLine.ts"
import { it } from "../support/effect.ts"
import { TestPostgres } from "../support/TestPostgres.ts"

const FULL = "/dev/full"
const CLI = join(import.meta.dir, "../../src/cli.ts")

/** A command whose output goes where nothing can be written. */
const ontoFull = async (env: Readonly<Record<string, string>>, ...words: ReadonlyArray<string>) => {
  const full = openSync(FULL, "w")
  const child = Bun.spawn(["bun", CLI, ...words], { env: { ...process.env, ...env }, stdout: full, stderr: "pipe" })
  closeSync(full)
  const [error, code] = await Promise.all([new Response(child.stderr).text(), child.exited])
  return { code, error: error.trim() }
}

/** Jobs of more than a pipe takes at once. */
const jobs = Array.from({ length: 5_000 }, (_, number) => ({ jobId: `JOB_${number}`, jobType: "x".repeat(100) }))

const server = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => Response.json({ data: jobs }) })),
    (running) => Effect.promise(() => running.stop(true))
  ),
  ({ url }) => ({ CALLBOARD_URL: url.href })
)

test.if(existsSync(FULL))("ends with a failure where its output cannot be written", async () => {
  const { code, error } = await ontoFull({}, "version")

  expect([code, error]).toEqual([1, "The output cannot be written: ENOSPC: no space left on device, write."])
})

if (existsSync(FULL)) {
  it.live("names the key that nobody has then, so that it can be ended", () =>
    Effect.gen(function* () {
      const env = { DATABASE_URL: TestPostgres.urlOf(yield* TestPostgres.freshDatabase()) }
      const { code, error } = yield* Effect.promise(() =>
        ontoFull(env, "keys", "create", "--name", "Ada", "--role", "admin")
      )
      const [, id = ""] = /The key is lost: end it with callboard keys revoke (\S+)$/u.exec(error) ?? []

      expect(code).toBe(1)
      expect(error).not.toContain("cb_")
      expect((yield* commandLine(env)("keys", "revoke", id)).code).toBe(0)
    })
  )
}

it.live("writes all of an output that is longer than a pipe", () =>
  Effect.gen(function* () {
    const { code, out } = yield* commandLine(yield* server)("jobs", "list", "--json")

    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual(jobs)
  })
)

it.live("ends quietly where its reader has read enough", () =>
  Effect.gen(function* () {
    const env = { ...process.env, ...(yield* server), CLI }
    const script = '(bun "$CLI" jobs list --json; echo "ended with $?" >&2) | head -c 1 > /dev/null'
    const child = Bun.spawn(["sh", "-c", script], { env, stdout: "ignore", stderr: "pipe" })

    expect(yield* Effect.promise(() => new Response(child.stderr).text())).toBe("ended with 0\n")
  })
)
