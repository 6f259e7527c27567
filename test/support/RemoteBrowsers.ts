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

const LISTENING = /DevTools listening on (ws:\S+)/u

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

export const devtoolsBrowser: Effect.Effect<RemoteBrowser, never, Scope.Scope> = Effect.gen(function* () {
  const { env, executablePath } = yield* Effect.orDie(testChromium)
  const profile = join(yield* testDirectory, "profile")
  mkdirSync(profile)
  const switches = ["--headless", "--remote-debugging-port=0", `--user-data-dir=${profile}`, "about:blank"]
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      Bun.spawn([executablePath, ...(isRoot ? ["--no-sandbox"] : []), ...switches], {
        env: { ...process.env, ...env, TMPDIR: profile },
        stdout: "ignore",
        stderr: "pipe"
      })
    ),
    (running) =>
      Effect.promise(() => {
        running.kill("SIGKILL")
        return running.exited
      })
  )
  const address = yield* Effect.promise(() => firstLine(child.stderr, LISTENING))
  const kill = Effect.promise(() => {
    child.kill("SIGKILL")
    return child.exited
  })
  return { address, kill: Effect.asVoid(kill) }
})
