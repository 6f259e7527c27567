/**
 * Browser sessions: at most `sessions` at once, each a fresh context in a browser process that no other session uses
 * at that time. A permit is taken first and given back last, when the context is closed or its browser killed.
 */
import { existsSync } from "node:fs"
import { Context, Effect, Layer, type Scope, Semaphore } from "effect"
import { type JobError, RetryableError } from "../../domain/JobError.ts"
import type { WorkerIdentity } from "../../domain/Lease.ts"
import { NO_LABELS } from "../../domain/meters.ts"
import * as meters from "../metrics/browserMeters.ts"
import type { BrowserEndpoint } from "./BrowserEndpoint.ts"
import { makeSeat, type OpenSession } from "./BrowserSeat.ts"
import type { Chromium, ChromiumNotFound } from "./Chromium.ts"
import { makeLocalBrowsers } from "./LocalBrowsers.ts"
import { startRemote } from "./RemoteBrowser.ts"

export interface BrowserSettings {
  /** How many sessions, and so browsers, may be open at once. */
  readonly sessions: number
  readonly worker: WorkerIdentity
  /** Runs when the first session opens, and again until it succeeded once. */
  readonly chromium: Effect.Effect<Chromium, ChromiumNotFound>
  /** A browser elsewhere, in place of one here. */
  readonly endpoint?: BrowserEndpoint | undefined
  /** Bytes that a browser may use between two sessions before it is replaced. 1 GiB unless it is given. */
  readonly mostMemory?: number
}

const MOST_MEMORY = 1_024 ** 3

const noBrowser = (cause: ChromiumNotFound) =>
  new RetryableError({
    code: "BROWSER_LAUNCH_FAILED",
    message: "There is no browser to run the script in.",
    hint: cause.message,
    cause
  })

const isThere = ({ executablePath, starter = executablePath }: Chromium) =>
  existsSync(executablePath) && existsSync(starter)

/** What was found is kept while it is there; two that ask at once share one search. */
const searchOnce = <E>(search: Effect.Effect<Chromium, E>): Effect.Effect<Chromium, E> => {
  const turn = Semaphore.makeUnsafe(1)
  let found: Chromium | undefined
  const searchAndKeep = Effect.tap(search, (chromium) => Effect.sync(() => (found = chromium)))
  return turn.withPermit(Effect.suspend(() => (found && isThere(found) ? Effect.succeed(found) : searchAndKeep)))
}

/** Counts sessions where they are open, so that a broken bound is a crash and not a guess. */
const makeGauge = (bound: number) => {
  let inUse = 0
  let peak = 0
  const told = Effect.suspend(() => meters.permitsInUse(NO_LABELS, inUse))
  const enter = Effect.acquireRelease(
    Effect.sync(() => {
      inUse++
      peak = Math.max(peak, inUse)
    }).pipe(Effect.andThen(meters.sessionsOpened(NO_LABELS)), Effect.andThen(told)),
    () =>
      Effect.andThen(
        Effect.sync(() => inUse--),
        told
      )
  ).pipe(
    Effect.tap(() =>
      inUse > bound ? Effect.die(new Error(`${inUse} browser sessions are open, ${bound} are allowed`)) : Effect.void
    )
  )
  return { enter, inUse: Effect.sync(() => inUse), peak: Effect.sync(() => peak) }
}

const make = Effect.fnUntraced(function* (settings: BrowserSettings) {
  const { chromium, endpoint, mostMemory = MOST_MEMORY, sessions, worker } = settings
  const localBrowsers = makeLocalBrowsers({ worker, chromium: searchOnce(Effect.mapError(chromium, noBrowser)) })
  const startBrowser = endpoint ? startRemote(endpoint) : yield* localBrowsers
  const free = yield* Effect.replicateEffect(makeSeat({ startBrowser, mostMemory }), sessions)
  const permits = yield* Semaphore.make(sessions)
  const gauge = makeGauge(sessions)
  yield* meters.permits(NO_LABELS, sessions)
  yield* meters.permitsInUse(NO_LABELS, 0)

  // The seat that was used last comes first, so that the others get idle enough to close.
  const takeSeat = Effect.acquireRelease(
    Effect.sync(() => free.pop()!),
    (taken) => Effect.sync(() => free.push(taken))
  )
  const open: Effect.Effect<OpenSession, JobError, Scope.Scope> = Semaphore.takeScoped(permits, 1).pipe(
    Effect.andThen(takeSeat),
    Effect.tap(() => gauge.enter),
    Effect.flatMap((taken) => taken.open),
    Effect.withSpan("BrowserSessions.open")
  )
  return BrowserSessions.of({ open, inUse: gauge.inUse, peak: gauge.peak })
})

export class BrowserSessions extends Context.Service<
  BrowserSessions,
  {
    /** Waits for a permit and opens a session that ends with the scope, however that ends. */
    readonly open: Effect.Effect<OpenSession, JobError, Scope.Scope>
    /** Sessions that are open now. */
    readonly inUse: Effect.Effect<number>
    /** The most that were ever open at once. */
    readonly peak: Effect.Effect<number>
  }
>()("callboard/runtime/BrowserSessions") {
  static readonly layer = (settings: BrowserSettings) => Layer.effect(BrowserSessions, make(settings))
}
