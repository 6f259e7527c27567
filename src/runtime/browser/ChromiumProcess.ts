/** One Chromium of ours: how it is started, and how it ends for certain. */
import { Duration, Effect } from "effect"
import type { Browser } from "playwright"
import { type JobError, RetryableError } from "../../domain/JobError.ts"
import { killMarked, MARK_SWITCH, MARK_VARIABLE } from "../ProcessSweep.ts"
import { type Chromium, loadPlaywright } from "./Chromium.ts"

export interface LaunchOptions {
  readonly chromium: Chromium
  /** Unique for each launch; see `ProcessSweep.ts`. */
  readonly mark: string
  /** Where traces are written while they are recorded. */
  readonly tracesDir: string
}

/** A busy machine needs a second or two; a Chromium that takes longer than this never comes. */
const LONGEST_LAUNCH = Duration.seconds(20)

/** A polite end takes milliseconds. */
const LONGEST_CLOSE = Duration.seconds(2)

/** On top of Playwright's own, which already stop the browser from calling home. Web security stays on. */
const SWITCHES = ["--disable-quic", "--disable-domain-reliability", "--no-pings"]

/** Pages must not be one exploit away from our secrets, so the browser sees only what it needs of the environment. */
const PASSED_ON =
  /^(?:PATH|HOME|USER|LOGNAME|LANG|LC_.*|TZ|TMPDIR|XDG_.*|FONTCONFIG_.*|LD_LIBRARY_PATH|DBUS_SESSION_BUS_ADDRESS|(?:https?|all|no)_proxy)$/iu

const environment = ({ chromium, mark }: Pick<LaunchOptions, "chromium" | "mark">): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value !== undefined && PASSED_ON.test(name) ? [[name, value]] : []
    )
  ),
  ...chromium.env,
  [MARK_VARIABLE]: mark
})

const launchFailed = (cause: unknown) => {
  const text = cause instanceof Error ? cause.message : String(cause)
  return new RetryableError({
    code: "BROWSER_LAUNCH_FAILED",
    message: "The browser did not start.",
    cause,
    hint: /no usable sandbox/iu.test(text)
      ? "The system does not let Chromium build its sandbox: allow unprivileged user namespaces, or set CALLBOARD_CHROMIUM to an installed Chrome."
      : "Look at the log of the worker for what the browser said."
  })
}

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

/**
 * Starts a browser. `onLaunch` gets it in the same moment in which it exists, so that no interruption can come between
 * a browser and its owner. An interrupted launch leaves nothing behind.
 */
export const launch = (options: LaunchOptions, onLaunch: (browser: Browser) => void): Effect.Effect<void, JobError> =>
  Effect.flatMap(loadPlaywright, ({ chromium }) =>
    Effect.callback<void, JobError>((resume) => {
      const launching = chromium.launch({
        executablePath: options.chromium.executablePath,
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
  ).pipe(Effect.onError(() => killMarked(options.mark)))

/** Ends a browser at once, with all its processes. */
export const kill = (mark: string) => Effect.asVoid(killMarked(mark))

/** Ends a browser politely where it listens, else by force; afterwards none of its processes is left. */
export const close = (browser: Browser, mark: string) =>
  Effect.promise(() =>
    browser.close().then(
      () => undefined,
      () => undefined
    )
  ).pipe(Effect.timeoutOption(LONGEST_CLOSE), Effect.andThen(kill(mark)))
