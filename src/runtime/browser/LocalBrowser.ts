/** One Chromium on this machine: how it is started, and how it ends for certain, with its folder. */
import { join } from "node:path"
import { Duration, Effect } from "effect"
import type { Browser } from "playwright"
import { type JobError, RetryableError } from "../../domain/JobError.ts"
import { messageOf } from "../../domain/messageOf.ts"
import { killMarked, MARK_SWITCH, MARK_VARIABLE, memoryOf } from "../ProcessSweep.ts"
import { hasProc } from "../ProcStat.ts"
import { makeFolder, removeFolder, type TemporaryFolderUnusable } from "./BrowserFolder.ts"
import { type Chromium, loadPlaywright } from "./Chromium.ts"
import type { RunningBrowser, StartBrowser, StartOptions } from "./RunningBrowser.ts"

export interface LaunchOptions {
  readonly chromium: Chromium
  /** Unique for each launch; see `ProcessSweep.ts`. */
  readonly mark: string
  /** Runs when nothing is left of the browser, also of one that did not start. */
  readonly onEnd: Effect.Effect<unknown>
}

type Launch = Omit<LaunchOptions, "onEnd"> & StartOptions & { readonly folder: string }

/** Puts the profile into the folder of the launch. */
const STARTER = join(import.meta.dir, "chromium.sh")

/** A busy machine needs a second or two; a Chromium that takes longer than this never comes. */
const LONGEST_LAUNCH = Duration.seconds(20)

const LONGEST_CLOSE = Duration.seconds(2)

/** On top of Playwright's own, which already stop the browser from calling home. Web security stays on. */
const SWITCHES = ["--disable-quic", "--disable-domain-reliability", "--no-pings"]

/** Pages must not be one exploit away from our secrets, so the browser sees only what it needs of the environment. */
const PASSED_ON =
  /^(?:PATH|HOME|USER|LOGNAME|LANG|LC_.*|TZ|TMPDIR|XDG_.*|FONTCONFIG_.*|LD_LIBRARY_PATH|DBUS_SESSION_BUS_ADDRESS|(?:https?|all|no)_proxy)$/iu

const environment = ({ chromium, folder, mark }: Omit<Launch, "tracesDir">): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value !== undefined && PASSED_ON.test(name) ? [[name, value]] : []
    )
  ),
  ...chromium.env,
  // Elsewhere the path of a socket in there would be longer than the system takes.
  ...(hasProc && { TMPDIR: folder }),
  CALLBOARD_BROWSER_PROGRAM: chromium.executablePath,
  CALLBOARD_BROWSER_FOLDER: folder,
  [MARK_VARIABLE]: mark
})

const launchFailed = (cause: unknown) => {
  const text = messageOf(cause)
  return new RetryableError({
    code: "BROWSER_LAUNCH_FAILED",
    message: "The browser did not start.",
    cause,
    hint: /no usable sandbox/iu.test(text)
      ? "The system does not let Chromium build its sandbox: allow unprivileged user namespaces, or set CALLBOARD_CHROMIUM to an installed Chrome."
      : "Look at the log of the worker for what the browser said."
  })
}

const noFolder = ({ message }: TemporaryFolderUnusable) =>
  new RetryableError({ code: "BROWSER_LAUNCH_FAILED", message: "The browser did not start.", hint: message })

/**
 * Playwright cannot take a launch back, and the process may not even exist when the launch is given up, so it is
 * killed again and again until Playwright noticed.
 */
const abandon = (launch: Promise<Browser>, mark: string) =>
  Effect.suspend(() => {
    let isSettled = false
    const settled = launch.then(
      () => undefined,
      () => undefined
    )
    void settled.then(() => (isSettled = true))
    const soon = Effect.promise(() => Promise.race([settled, Bun.sleep(20)]))
    return Effect.andThen(killMarked(mark), soon).pipe(
      Effect.repeat({ until: () => isSettled }),
      Effect.andThen(killMarked(mark)),
      Effect.asVoid
    )
  })

/** A polite end takes milliseconds. */
const closePolitely = (browser: Browser) =>
  Effect.promise(() =>
    browser.close().then(
      () => undefined,
      () => undefined
    )
  ).pipe(Effect.timeoutOption(LONGEST_CLOSE))

const launch = (options: Launch, onLaunch: (browser: Browser) => void): Effect.Effect<void, JobError> =>
  Effect.flatMap(loadPlaywright, ({ chromium }) =>
    Effect.callback<void, JobError>((resume) => {
      const launching = chromium.launch({
        executablePath: options.chromium.starter ?? STARTER,
        artifactsDir: join(options.folder, "artifacts"),
        env: environment(options),
        args: [...SWITCHES, `${MARK_SWITCH}=${options.mark}`],
        // Chromium refuses its sandbox to root.
        chromiumSandbox: process.getuid?.() !== 0,
        timeout: Duration.toMillis(LONGEST_LAUNCH),
        tracesDir: options.tracesDir,
        // Signals are ours to handle: they drain first.
        handleSIGINT: false,
        handleSIGTERM: false,
        handleSIGHUP: false
      })
      launching.then(
        (browser) => {
          onLaunch(browser)
          resume(Effect.void)
        },
        (cause) => resume(Effect.fail(launchFailed(cause)))
      )
      return abandon(launching, options.mark)
    })
  )

/** Starts a Chromium with a folder of its own; see `RunningBrowser.ts`. */
export const startLocal =
  ({ chromium, mark, onEnd }: LaunchOptions): StartBrowser =>
  ({ tracesDir }, onStart) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const folder = yield* makeFolder(mark).pipe(
          Effect.mapError(noFolder),
          Effect.tapError(() => onEnd)
        )
        const kill = killMarked(mark).pipe(Effect.andThen(removeFolder(folder)), Effect.andThen(onEnd), Effect.asVoid)
        const runningOf = (browser: Browser): RunningBrowser => ({
          browser,
          kill,
          close: Effect.andThen(closePolitely(browser), kill),
          memory: memoryOf(mark)
        })
        const launched = launch({ chromium, mark, folder, tracesDir }, (browser) => onStart(runningOf(browser)))
        yield* restore(launched).pipe(
          Effect.tapError(({ cause }) => Effect.logWarning("a browser did not start", cause)),
          Effect.onError(() => kill)
        )
      })
    )
