/**
 * Room for one session at a time, with a browser that stays warm in between. The browser is replaced after many
 * sessions or some time, closed when idle, and killed whenever something about it is doubtful: a context that does not
 * open or close, a crash, an interruption half-way.
 */
import { Clock, Duration, Effect, Exit, FiberHandle } from "effect"
import type { Browser, BrowserContext, Page } from "playwright"
import type { BrowserSessionApi } from "../../domain/BrowserSession.ts"
import { type JobError, RetryableError } from "../../domain/JobError.ts"
import { classifyFailure } from "../classifyFailure.ts"
import type { Chromium } from "./Chromium.ts"
import { close, kill, launch } from "./ChromiumProcess.ts"
import { makeRawTraces } from "./RawTraces.ts"

export interface SeatOptions {
  readonly chromium: Effect.Effect<Chromium, JobError>
  /** A new mark at each call. */
  readonly nextMark: () => string
}

interface WarmBrowser {
  readonly browser: Browser
  readonly mark: string
  readonly launchedAt: number
  sessions: number
}

/** What the runtime itself needs of a session, besides what its script may do: pictures, traces, a live view. */
export interface OpenSession extends BrowserSessionApi {
  readonly context: BrowserContext
  readonly page: Page
  /** Playwright may write there until the session ends. */
  readonly rawTraces: string
}

interface OpenPage {
  readonly context: BrowserContext
  readonly page: Page
}

const SESSIONS_PER_BROWSER = 100
const LONGEST_LIFE = Duration.minutes(30)
const LONGEST_IDLE = Duration.minutes(5)

const LONGEST_OPEN = Duration.seconds(15)
const LONGEST_CLOSE = Duration.seconds(2)

const ACTION_TIMEOUT = Duration.seconds(10)
const NAVIGATION_TIMEOUT = Duration.seconds(30)

const newPage = async (browser: Browser): Promise<OpenPage> => {
  const context = await browser.newContext()
  context.setDefaultTimeout(Duration.toMillis(ACTION_TIMEOUT))
  context.setDefaultNavigationTimeout(Duration.toMillis(NAVIGATION_TIMEOUT))
  return { context, page: await context.newPage() }
}

const openPage = ({ browser }: WarmBrowser) =>
  Effect.tryPromise({ try: () => newPage(browser), catch: classifyFailure }).pipe(
    Effect.timeoutOrElse({
      duration: LONGEST_OPEN,
      orElse: () =>
        new RetryableError({ code: "BROWSER_CRASHED", message: "The browser does not open a page any more." })
    })
  )

/** True when the context is closed for certain. */
const closeContext = (context: BrowserContext) =>
  Effect.tryPromise(() => context.close()).pipe(
    Effect.timeout(LONGEST_CLOSE),
    Effect.match({ onSuccess: () => true, onFailure: () => false })
  )

const CRASHED = new RetryableError({ code: "BROWSER_CRASHED", message: "The page of the browser crashed." })

/** What a call says when its page crashes depends on what it was doing, so the crash itself is asked first. */
const toSession = ({ context, page }: OpenPage, rawTraces: string): OpenSession => {
  let isCrashed = false
  page.once("crash", () => {
    isCrashed = true
  })
  const failure = (cause: unknown) => (isCrashed ? CRASHED : classifyFailure(cause))
  return { context, page, rawTraces, use: (work) => Effect.tryPromise({ try: () => work(page), catch: failure }) }
}

export const makeSeat = Effect.fnUntraced(function* ({ chromium, nextMark }: SeatOptions) {
  const idle = yield* FiberHandle.make<void, never>()
  const rawTraces = yield* makeRawTraces
  let warm: WarmBrowser | undefined

  const start = Effect.gen(function* () {
    const mark = nextMark()
    const found = yield* chromium
    const launchedAt = yield* Clock.currentTimeMillis
    yield* launch({ chromium: found, mark, tracesDir: rawTraces.folder }, (browser) => {
      warm = { browser, mark, launchedAt, sessions: 0 }
    })
  })

  const end = (how: (warm: WarmBrowser) => Effect.Effect<void>) =>
    Effect.suspend(() => {
      const ending = warm
      warm = undefined
      return ending ? how(ending) : Effect.void
    }).pipe(Effect.uninterruptible)
  const discard = end(({ mark }) => kill(mark))
  const retire = end(({ browser, mark }) => close(browser, mark))

  const isWornOut = Effect.map(
    Clock.currentTimeMillis,
    (now) =>
      warm !== undefined &&
      (warm.sessions >= SESSIONS_PER_BROWSER || now - warm.launchedAt >= Duration.toMillis(LONGEST_LIFE))
  )

  const openInWarmBrowser = Effect.gen(function* () {
    if (warm && !warm.browser.isConnected()) yield* discard
    if (!warm) yield* start
    const current = warm!
    current.sessions++
    return yield* openPage(current)
  })

  // An interrupted script left its browser in the middle of something, so that browser is not used again.
  const finish = Effect.fnUntraced(function* ({ context }: OpenPage, exit: Exit.Exit<unknown, unknown>) {
    if (Exit.hasInterrupts(exit)) return yield* discard
    const isClosed = yield* closeContext(context)
    if (!isClosed || !warm?.browser.isConnected()) return yield* discard
    if (yield* isWornOut) yield* retire
  })

  const openWhole = Effect.uninterruptibleMask((restore) =>
    restore(Effect.andThen(rawTraces.empty, openInWarmBrowser)).pipe(
      Effect.onError(() => discard),
      Effect.tap((opened) => Effect.addFinalizer((exit) => Effect.ensuring(finish(opened, exit), rawTraces.empty)))
    )
  )

  const closeWhenIdle = Effect.interruptible(Effect.sleep(LONGEST_IDLE)).pipe(
    Effect.andThen(retire),
    Effect.andThen(rawTraces.empty)
  )

  // Once the seat itself is gone its handle answers with an interruption, and there is nothing left to close.
  const startIdling = Effect.exit(FiberHandle.run(idle, closeWhenIdle))

  /** A session that ends with the scope. */
  const open = Effect.acquireRelease(FiberHandle.clear(idle), () => startIdling).pipe(
    Effect.andThen(openWhole),
    Effect.map((opened) => toSession(opened, rawTraces.folder))
  )

  yield* Effect.addFinalizer(() => discard)
  return { open }
})
