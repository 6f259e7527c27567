/** Browsers that somebody else started: a Playwright server, and a Chromium that listens for DevTools. */
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { Effect, type Scope } from "effect"
import { chromium } from "playwright"
import { testChromium } from "./TestChromium.ts"
import { testDirectory } from "./testDirectory.ts"

const isRoot = process.getuid?.() === 0

/** `kill` ends it as a machine that is switched off does. */
export interface RemoteBrowser {
  readonly address: string
  readonly kill: Effect.Effect<void>
}

export const playwrightServer = (wsPath = "/secret-path"): Effect.Effect<RemoteBrowser, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { env, executablePath } = yield* Effect.orDie(testChromium)
    const start = () =>
      chromium.launchServer({ executablePath, chromiumSandbox: !isRoot, env: { ...process.env, ...env }, wsPath })
    const server = yield* Effect.acquireRelease(Effect.promise(start), (running) =>
      Effect.promise(() => running.kill())
    )
    return { address: server.wsEndpoint(), kill: Effect.promise(() => server.kill()) }
  })

const LISTENING = /listening on (ws:\S+)/u

const firstLine = async (stream: ReadableStream<Uint8Array>, pattern: RegExp): Promise<string> => {
  let text = ""
  const decoder = new TextDecoder()
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true })
    const found = pattern.exec(text)
    if (found) return found[1]!
  }
  throw new Error(`The browser ended: ${text}`)
}

/** A process that says where it listens, killed with the scope. */
const listening = (child: Bun.Subprocess, output: ReadableStream<Uint8Array>) =>
  Effect.gen(function* () {
    const kill = Effect.promise(() => {
      child.kill("SIGKILL")
      return child.exited
    })
    yield* Effect.addFinalizer(() => kill)
    return { address: yield* Effect.promise(() => firstLine(output, LISTENING)), kill: Effect.asVoid(kill) }
  })

/** The connection is lost here, not only the browser behind it. */
export const separatePlaywrightServer: Effect.Effect<RemoteBrowser, never, Scope.Scope> = Effect.gen(function* () {
  const TMPDIR = yield* testDirectory
  const child = Bun.spawn(["bun", join(import.meta.dir, "servePlaywright.ts")], {
    env: { ...process.env, TMPDIR },
    stdout: "pipe"
  })
  return yield* listening(child, child.stdout)
})

export const devtoolsBrowser: Effect.Effect<RemoteBrowser, never, Scope.Scope> = Effect.gen(function* () {
  const { env, executablePath } = yield* Effect.orDie(testChromium)
  const profile = join(yield* testDirectory, "profile")
  mkdirSync(profile)
  const switches = ["--headless", "--remote-debugging-port=0", `--user-data-dir=${profile}`, "about:blank"]
  const child = Bun.spawn([executablePath, ...(isRoot ? ["--no-sandbox"] : []), ...switches], {
    env: { ...process.env, ...env, TMPDIR: profile },
    stdout: "ignore",
    stderr: "pipe"
  })
  return yield* listening(child, child.stderr)
})
