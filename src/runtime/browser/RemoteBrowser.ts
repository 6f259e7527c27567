/**
 * A browser that runs elsewhere: one connection for each seat. What a connection opened is closed on the other side when
 * the connection ends, however it ends.
 */
import { Duration, Effect, Redacted } from "effect"
import type { Browser } from "playwright"
import { type JobError, RetryableError } from "../../domain/JobError.ts"
import type { BrowserEndpoint } from "./BrowserEndpoint.ts"
import { loadPlaywright } from "./Chromium.ts"
import type { RunningBrowser, StartBrowser, StartOptions } from "./RunningBrowser.ts"

const LONGEST_CONNECT = Duration.seconds(20)
const LONGEST_CLOSE = Duration.seconds(2)

/** The first that fits is told; Playwright's own words quote the address. */
const REASONS: ReadonlyArray<readonly [RegExp, (found: RegExpExecArray) => string]> = [
  [/version mismatch/iu, () => "it runs another version of Playwright"],
  [/(?: |status:? )([345]\d\d)(?: [A-Z]|$)/imu, ([, status]) => `it answered with status ${status}`],
  [/\b(?:ECONN\w+|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|CERT_\w+)\b/u, ([code]) => code],
  [/Timeout \d+ms exceeded/u, () => `it did not answer within ${Duration.format(LONGEST_CONNECT)}`]
]

const reasonOf = (text: string): string => {
  for (const [pattern, say] of REASONS) {
    const found = pattern.exec(text)
    if (found) return say(found)
  }
  return "it refused the connection or does not speak this protocol"
}

/** Has no cause: that would quote the address, with whatever secret is in it. */
const unreachable = ({ host }: BrowserEndpoint, caught: unknown) =>
  new RetryableError({
    code: "BROWSER_LAUNCH_FAILED",
    message: `The browser at ${host} could not be reached: ${reasonOf(caught instanceof Error ? caught.message : "")}.`,
    hint: "Check CALLBOARD_BROWSER_ENDPOINT, and that the browser service is up."
  })

const disconnect = (browser: Browser) =>
  Effect.promise(() =>
    browser.close().then(
      () => undefined,
      () => undefined
    )
  ).pipe(Effect.timeoutOption(LONGEST_CLOSE), Effect.asVoid)

/** A Playwright server records its traces on its own machine; what speaks CDP leaves that to us. */
const connect = ({ headers, protocol, url }: BrowserEndpoint, { tracesDir }: StartOptions) =>
  Effect.map(loadPlaywright, ({ chromium }) => {
    const address = Redacted.value(url)
    const options = { headers: { ...Redacted.value(headers) }, timeout: Duration.toMillis(LONGEST_CONNECT) }
    return () =>
      protocol === "playwright"
        ? chromium.connect(address, options)
        : chromium.connectOverCDP(address, { ...options, artifactsDir: tracesDir })
  })

const runningOf = (browser: Browser): RunningBrowser => ({
  browser,
  kill: disconnect(browser),
  close: disconnect(browser),
  memory: Effect.succeed(0)
})

/** Connects to the browser; see `RunningBrowser.ts`. */
export const startRemote =
  (endpoint: BrowserEndpoint): StartBrowser =>
  (options, onStart) =>
    Effect.flatMap(connect(endpoint, options), (open) =>
      Effect.callback<void, JobError>((resume) => {
        let isWanted = true
        open().then(
          (browser) => {
            if (!isWanted) return void browser.close().catch(() => undefined)
            onStart(runningOf(browser))
            resume(Effect.void)
          },
          (caught) => resume(Effect.fail(unreachable(endpoint, caught)))
        )
        // Playwright cannot take an attempt back; its connection is closed as soon as it is there.
        return Effect.sync(() => (isWanted = false))
      })
    )
