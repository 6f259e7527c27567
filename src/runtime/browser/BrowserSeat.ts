/**
 * Room for one session at a time, with a browser that stays warm in between and opens the next page ahead of time. The
 * browser is replaced after many sessions, some time or when it has grown, closed when idle, and killed whenever
 * something about it is doubtful: a context that does not open or close, a crash, an interruption half-way.
 */
import { Duration, Effect, Exit, FiberHandle } from "effect"
import type { Browser, BrowserContext, Page } from "playwright"
import type { BrowserSessionApi } from "../../domain/BrowserSession.ts"
import { type JobError, RetryableError } from "../../domain/JobError.ts"
import { monotonicMs } from "../../domain/monotonicMs.ts"
import { giveUpAfter } from "../giveUpAfter.ts"
import { browsersEnded } from "../metrics/browserMeters.ts"
import { makeRawTraces } from "./RawTraces.ts"
import type { RunningBrowser, StartBrowser } from "./RunningBrowser.ts"
import { BROWSER_GONE, sessionFailure, trusted, watchHealth } from "./sessionFailure.ts"

export interface SeatOptions {
  readonly startBrowser: StartBrowser
  /** A browser that uses more memory between two sessions is replaced. */
  readonly mostMemory: number
}

interface WarmBrowser extends RunningBrowser {
  readonly startedAt: number
  /** Contexts that a browser elsewhere had before anything was opened in it. */
  readonly foreign: ReadonlyArray<BrowserContext>
  sessions: number
  /** The page of the next session, opened while nobody waited for it. */
  ready: OpenPage | undefined
}

/** What the runtime itself needs of a session, besides what its script may do: pictures, traces, a live view. */
export interface OpenSession extends BrowserSessionApi {
  readonly context: BrowserContext
  readonly page: Page
  /** Fails when the browser or the page is gone, for what waits without using them. */
  readonly untilGone: Effect.Effect<never, JobError>
  /** Playwright may write there until the session ends. */
  readonly rawTraces: string
}

interface OpenPage {
  readonly context: BrowserContext
  readonly page: Page
}

const SESSIONS_PER_BROWSER = 100
const LONGEST_LIFE = Duration.minutes(30)
/** Five looks at an idle browser, so five minutes; then it is closed. */
const LOOK_WHILE_IDLE = Duration.minutes(1)
const LOOKS_WHILE_IDLE = 5

const LONGEST_OPEN = Duration.seconds(15)
const LONGEST_CLOSE = Duration.seconds(2)

/** A job that comes while the next page opens waits for it: that takes some hundredths of a second, or for ever. */
const LONGEST_PREPARATION = Duration.seconds(1)

const ACTION_TIMEOUT = Duration.seconds(10)
const NAVIGATION_TIMEOUT = Duration.seconds(30)

const newPage = async (browser: Browser): Promise<OpenPage> => {
  const context = await browser.newContext()
  context.setDefaultTimeout(Duration.toMillis(ACTION_TIMEOUT))
  context.setDefaultNavigationTimeout(Duration.toMillis(NAVIGATION_TIMEOUT))
  return { context, page: await context.newPage() }
}

const NO_PAGE = new RetryableError({
  code: "BROWSER_CRASHED",
  message: "The browser does not open a page any more."
})

/** Playwright leaves some calls unanswered when their browser is killed meanwhile. */
const untilDisconnected = (browser: Browser, failure: RetryableError) =>
  Effect.callback<never, RetryableError>((resume) => {
    const end = () => resume(failure)
    if (!browser.isConnected()) return end()
    browser.once("disconnected", end)
    return Effect.sync(() => browser.off("disconnected", end))
  })

const pageOf = (browser: Browser, open: () => Promise<OpenPage>) =>
  Effect.tryPromise({ try: open, catch: () => NO_PAGE }).pipe(
    Effect.raceFirst(untilDisconnected(browser, NO_PAGE)),
    Effect.timeoutOrElse({ duration: LONGEST_OPEN, orElse: () => NO_PAGE })
  )

const openPage = ({ browser }: WarmBrowser) => pageOf(browser, () => newPage(browser))

/** It may have crashed or frozen since, so it is asked. */
const takeReady = (warm: WarmBrowser) => {
  const { browser, ready } = warm
  warm.ready = undefined
  return ready ? pageOf(browser, () => ready.page.evaluate("0").then(() => ready)) : openPage(warm)
}

/** True when the context is closed for certain. */
const closeContext = (context: BrowserContext) =>
  Effect.tryPromise(() => context.close()).pipe(
    Effect.timeout(LONGEST_CLOSE),
    Effect.match({ onSuccess: () => true, onFailure: () => false })
  )

const hasMoreContexts = ({ browser, foreign }: WarmBrowser): boolean =>
  browser.contexts().some((context) => !foreign.includes(context))

const toSession = ({ context, page }: OpenPage, browser: Browser, rawTraces: string): OpenSession => {
  const health = watchHealth(context, page)
  const untilEnded = untilDisconnected(browser, BROWSER_GONE)
  const use: OpenSession["use"] = (work) =>
    Effect.tryPromise({ try: () => work(page), catch: (cause) => cause }).pipe(
      Effect.matchEffect({
        onSuccess: (value) => trusted(health, value),
        onFailure: (cause) => sessionFailure(health, cause)
      }),
      Effect.raceFirst(untilEnded)
    )
  return { context, page, rawTraces, untilGone: Effect.raceFirst(untilEnded, health.untilCrash), use }
}

export const makeSeat = Effect.fnUntraced(function* ({ mostMemory, startBrowser }: SeatOptions) {
  const idle = yield* FiberHandle.make<void, never>()
  const rawTraces = yield* makeRawTraces
  let warm: WarmBrowser | undefined

  const start = Effect.gen(function* () {
    const startedAt = yield* monotonicMs
    yield* startBrowser({ tracesDir: rawTraces.folder }, (running) => {
      warm = { ...running, startedAt, foreign: running.browser.contexts(), sessions: 0, ready: undefined }
    })
  })

  const end = (how: (running: RunningBrowser) => Effect.Effect<void>) =>
    Effect.suspend(() => {
      const ending = warm
      warm = undefined
      return ending ? how(ending) : Effect.void
    }).pipe(Effect.uninterruptible)
  const discard = end(({ browser, kill }) =>
    Effect.andThen(browsersEnded({ how: browser.isConnected() ? "killed" : "crashed" }), kill)
  )
  const retire = end(({ close }) => Effect.andThen(browsersEnded({ how: "recycled" }), close))

  const isWornOut = Effect.gen(function* () {
    if (!warm) return false
    const { memory, sessions, startedAt } = warm
    const age = (yield* monotonicMs) - startedAt
    if (sessions >= SESSIONS_PER_BROWSER || age >= Duration.toMillis(LONGEST_LIFE)) return true
    return (yield* memory) > mostMemory
  })
  const retireWhenWornOut = Effect.flatMap(isWornOut, (isWorn) => (isWorn ? retire : Effect.void))

  const openInWarmBrowser = Effect.gen(function* () {
    if (warm && !warm.browser.isConnected()) yield* discard
    if (!warm) yield* start
    const current = warm!
    current.sessions++
    return yield* takeReady(current)
  })

  /** A browser that broke while it was idle is no fault of the job that asks next, so that gets a fresh one. */
  const openInAnyBrowser = Effect.suspend(() => {
    if (!warm) return openInWarmBrowser
    return Effect.catch(openInWarmBrowser, () => Effect.andThen(discard, openInWarmBrowser))
  })

  // An interrupted script left its browser in the middle of something, so that browser is not used again.
  // Nor is one in which a script opened a context itself: that would show its pages and cookies to the next job.
  const finish = Effect.fnUntraced(function* ({ context }: OpenPage, exit: Exit.Exit<unknown, unknown>) {
    if (Exit.hasInterrupts(exit)) return yield* discard
    const isClosed = yield* closeContext(context)
    if (!isClosed || !warm?.browser.isConnected() || hasMoreContexts(warm)) return yield* discard
    yield* retireWhenWornOut
  })

  const openWhole = Effect.uninterruptibleMask((restore) =>
    restore(Effect.andThen(rawTraces.empty, openInAnyBrowser)).pipe(
      Effect.onError(() => discard),
      Effect.tap((opened) => Effect.addFinalizer((exit) => Effect.ensuring(finish(opened, exit), rawTraces.empty)))
    )
  )

  const prepare = Effect.suspend(() => {
    const current = warm
    if (!current) return Effect.void
    return Effect.matchEffect(openPage(current), {
      onSuccess: (page) => Effect.sync(() => (current.ready = page)),
      // It may have been given up meanwhile, and a new browser be in its place.
      onFailure: () => (warm === current ? discard : Effect.void)
    })
  }).pipe(Effect.uninterruptible)
  const look = Effect.andThen(Effect.interruptible(Effect.sleep(LOOK_WHILE_IDLE)), retireWhenWornOut)
  const closeWhenIdle = prepare.pipe(
    Effect.andThen(Effect.repeat(look, { times: LOOKS_WHILE_IDLE - 1 })),
    Effect.andThen(retire),
    Effect.andThen(rawTraces.empty)
  )

  // Once the seat itself is gone its handle answers with an interruption, and there is nothing left to close.
  const startIdling = Effect.exit(FiberHandle.run(idle, closeWhenIdle))

  const stopIdling = FiberHandle.clear(idle).pipe(
    giveUpAfter(LONGEST_PREPARATION),
    Effect.catchTag("TimeoutError", () => discard)
  )

  /** A session that ends with the scope. */
  const open = Effect.acquireRelease(stopIdling, () => startIdling).pipe(
    Effect.andThen(openWhole),
    Effect.map((opened) => toSession(opened, warm!.browser, rawTraces.folder))
  )

  yield* Effect.addFinalizer(() => discard)
  return { open }
})
