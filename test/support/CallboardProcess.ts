/** Callboard as users run it: a process of its own, with a data directory of its own, driven over HTTP and by signals. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Data, Effect, Option, Schedule } from "effect"

export class NotReady extends Data.TaggedError("NotReady")<{ readonly output: string }> {}

/** What the tests read of a job. */
export interface SeenJob {
  readonly id: string
  readonly jobId: string
  readonly status: string
  readonly retryCount: number
  readonly attempts: number
  readonly durationMs?: number
  readonly createdAt: string
  readonly error?: { readonly code: string; readonly message: string }
  readonly progress: { readonly percent: number; readonly stepName?: string }
  readonly result?: unknown
  readonly waitingFor?: ReadonlyArray<{ readonly code: string; readonly limit?: number }>
  readonly steps: ReadonlyArray<{ readonly name: string; readonly attempt: number; readonly kept: boolean }>
}

const MAIN = join(import.meta.dir, "../../src/main.ts")

/** Polls until `look` gives something. Bounded by the time-out of the test. */
export const eventually = <A, E, R>(look: Effect.Effect<A | undefined, E, R>): Effect.Effect<A, E, R> =>
  Effect.map(look, Option.fromNullishOr).pipe(
    Effect.repeat({ until: Option.isSome, schedule: Schedule.spaced("50 millis") }),
    Effect.map((found) => Option.getOrThrow(found))
  )

/** Removed with the scope. Root leaves it traversable, because the embedded PostgreSQL runs under another account. */
export const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => {
    const path = mkdtempSync(join(tmpdir(), "callboard-e2e-"))
    Bun.spawnSync(["chmod", "755", path])
    return path
  }),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

export interface CallboardOptions {
  readonly dataDirectory: string
  readonly env?: Readonly<Record<string, string>>
  /** What is run instead: a program that starts a Callboard of its own. */
  readonly main?: string
  /** The one-file program, run where nothing else is: in this folder, without the environment of the test. */
  readonly alone?: { readonly program: string; readonly cwd: string }
}

/** Spawns the process without waiting for it to be ready. It is killed with the scope, if it still runs. */
export const spawnCallboard = ({ alone, dataDirectory, env = {}, main = MAIN }: CallboardOptions) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const output: Array<string> = []
      const surroundings = alone ? { PATH: "", HOME: alone.cwd } : process.env
      const child = Bun.spawn(alone ? [alone.program, "start"] : ["bun", main], {
        ...(alone && { cwd: alone.cwd }),
        env: { ...surroundings, PORT: "0", CALLBOARD_DATA_DIR: dataDirectory, ...env },
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe"
      })
      const collect = async (stream: ReadableStream<Uint8Array>) => {
        const decoder = new TextDecoder()
        for await (const chunk of stream) output.push(decoder.decode(chunk, { stream: true }))
      }
      const read = Promise.all([collect(child.stdout), collect(child.stderr)])
      const ended = child.exited.then((code) => read.then(() => code))
      return { child, output: () => output.join(""), ended }
    }),
    ({ child, ended }) =>
      Effect.promise(async () => {
        if (child.exitCode === null) child.kill("SIGTERM")
        await ended
      })
  )

const READY = /Callboard(?:'s worker)? is ready: (http:\S+)/u

/** A running Callboard. Leaving the scope stops it with SIGTERM. */
export const startCallboard = (options: CallboardOptions) =>
  Effect.gen(function* () {
    const { child, ended, output } = yield* spawnCallboard(options)
    const url = yield* eventually(
      Effect.suspend(() => {
        const ready = READY.exec(output())?.[1]
        if (ready === undefined && child.exitCode !== null) return Effect.fail(new NotReady({ output: output() }))
        return Effect.succeed(ready === undefined ? undefined : new URL(ready))
      })
    )

    const json = <A>(path: string, init?: RequestInit) =>
      Effect.promise(async () => {
        const response = await fetch(new URL(path, url), init)
        const text = await response.text()
        return {
          status: response.status,
          headers: response.headers,
          body: (text === "" ? undefined : JSON.parse(text)) as A
        }
      })
    const post = <A>(path: string, body: unknown) =>
      json<A>(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })

    /** Undefined while the database is away. */
    const look = (id: string) => Effect.map(json<{ data?: SeenJob }>(`/api/jobs/${id}`), ({ body }) => body.data)
    const job = (id: string) => Effect.map(look(id), (seen) => seen!)
    const create = (jobType: string, input: unknown, rest: object = {}) =>
      Effect.map(post<{ data: SeenJob }>("/api/jobs", { jobType, input, ...rest }), ({ body }) => body.data)
    const jobWhen = (id: string, fact: (job: SeenJob) => boolean) =>
      eventually(Effect.map(look(id), (seen) => (seen !== undefined && fact(seen) ? seen : undefined)))
    const jobEnded = (id: string) => jobWhen(id, (seen) => ["completed", "failed", "cancelled"].includes(seen.status))

    return {
      url,
      pid: child.pid,
      output,
      json,
      post,
      create,
      job,
      jobWhen,
      jobEnded,
      /** Sends a signal and gives the exit code. */
      signal: (name: NodeJS.Signals) =>
        Effect.promise(() => {
          child.kill(name)
          return ended
        })
    }
  })

export type RunningCallboard = Effect.Success<ReturnType<typeof startCallboard>>

/** Living processes whose command line or environment names this text. */
export const processesNaming = (text: string): ReadonlyArray<string> =>
  // The text comes by standard input, so that the search does not find itself.
  Bun.spawnSync(["sh", "-c", "grep -lsF -f - /proc/[0-9]*/cmdline /proc/[0-9]*/environ"], { stdin: Buffer.from(text) })
    .stdout.toString()
    .split("\n")
    .filter((line) => line !== "" && !line.includes(`/${process.pid}/`))
