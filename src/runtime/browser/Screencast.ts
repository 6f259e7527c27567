/**
 * Pictures of a page while somebody watches it. Chromium makes one when the page changed and earlier ones were
 * acknowledged, so the pace is kept where pictures are made, and a page that stands still costs nothing.
 *
 * The page is looked at for secrets right after each picture. A picture is shown when it is of the documents that were
 * looked at, they were clean, and nothing secret was typed in them since the look before. One that is dropped leaves
 * the viewers with an older one, so the screencast starts again: that gives a picture of the page even if it does not
 * change any more.
 */
import { Duration, Effect, Option, Queue, Schedule, type Scope } from "effect"
import type { BrowserContext, CDPSession, Page } from "playwright"
import type { LiveSize } from "../../domain/LiveView.ts"
import { monotonicMs } from "../../domain/monotonicMs.ts"
import type { Masker } from "../Masker.ts"
import { type Look, lookForSecrets, NOTES_SCRIPT, UNPAINTED } from "./secretsOnPage.ts"

export interface Watched {
  readonly context: BrowserContext
  readonly page: Page
  readonly mask: Masker
}

export interface Viewers {
  readonly show: (jpeg: Uint8Array) => Effect.Effect<unknown>
  /** The page holds a secret, so there is no picture of it. */
  readonly hide: Effect.Effect<unknown>
  /** The browser answered. */
  readonly onAnswer: () => void
}

interface Pace {
  readonly maxWidth: number
  readonly maxHeight: number
  /** JPEG quality, of 100. */
  readonly quality: number
  /** At least this long between two pictures that are shown. */
  readonly everyMs: number
}

export const paces: Readonly<Record<LiveSize, Pace>> = {
  small: { maxWidth: 400, maxHeight: 300, quality: 50, everyMs: 1_000 },
  large: { maxWidth: 1_000, maxHeight: 750, quality: 60, everyMs: 200 }
}

/** A page that stands still is asked now and then whether it still answers. */
const STILL = Duration.seconds(2)

/** A page that moves brings another picture within this time. */
const ANOTHER = Duration.millis(200)

/** From the moment when Chromium takes a picture to the time that it writes on it, at most. */
const TAKEN_WITHIN_MS = 50

/** A page knows that it was painted a moment after its first picture was taken. */
const PAINTED_LOOKS = { times: 3, schedule: Schedule.spaced("30 millis") }

/** Between two looks. Scripts go from page to page quickly, and a page can be looked at only while it is there. */
const PAUSE_MS = 150

/** A page that cannot be shown so often, such as an empty one, is tried again without hurry. */
const QUICK_TRIES = 5
const NO_HURRY_MS = 1_000

/** Looking takes at most a fifth of the page's time. */
const REST_PER_LOOK = 4

/** Attaching to a page that hangs, detaching from it, or asking it. */
const LONGEST_CALL = Duration.seconds(1)

interface Taken {
  readonly data: string
  readonly takenAtMs: number
  readonly sessionId: number
}

/** A frozen browser never answers, and an acquisition cannot be interrupted. A session that comes late is let go. */
const newSession = ({ context, page }: Watched): Promise<CDPSession> => {
  const { promise, reject, resolve } = Promise.withResolvers<CDPSession>()
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    reject(new Error("The browser gives no session."))
  }, Duration.toMillis(LONGEST_CALL))
  void context
    .newCDPSession(page)
    .then((cdp) => (isLate ? cdp.detach().catch(() => undefined) : resolve(cdp)), reject)
    .finally(() => clearTimeout(timer))
  return promise
}

const attach = (watched: Watched): Effect.Effect<CDPSession, unknown, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.tryPromise(() => newSession(watched)),
    (cdp) =>
      Effect.ignore(
        Effect.timeout(
          Effect.tryPromise(() => cdp.detach()),
          LONGEST_CALL
        )
      )
  )

const isShowable = (taken: Taken, before: Look, after: Look): boolean => {
  const sawSecretHere = before.verdict === "secret" && before.atMs >= after.sinceMs
  return after.verdict === "clean" && taken.takenAtMs >= after.sinceMs && !sawSecretHere
}

/** Runs until it is interrupted. Fails when the page is gone. */
export const screencast = (watched: Watched, size: LiveSize, viewers: Viewers): Effect.Effect<never, unknown> =>
  Effect.gen(function* () {
    const { everyMs, ...shape } = paces[size]
    const cdp = yield* attach(watched)
    const frames = yield* Queue.sliding<Taken>(1)
    cdp.on("Page.screencastFrame", ({ data, metadata, sessionId }) => {
      Queue.offerUnsafe(frames, { data, sessionId, takenAtMs: (metadata.timestamp ?? 0) * 1_000 })
    })
    const start = Effect.tryPromise(() => cdp.send("Page.startScreencast", { format: "jpeg", ...shape }))
    const stop = Effect.tryPromise(() => cdp.send("Page.stopScreencast"))
    const acknowledge = ({ sessionId }: Taken) =>
      Effect.tryPromise(() => cdp.send("Page.screencastFrameAck", { sessionId }))
    /** A page that waits for its next document does not answer, but the browser does. */
    const ask = Effect.tryPromise(() => cdp.send("Page.getNavigationHistory")).pipe(
      Effect.timeout(LONGEST_CALL),
      Effect.map(viewers.onAnswer),
      Effect.ignore
    )

    let last: Look = { verdict: "unknown", atMs: 0, sinceMs: 0 }
    /** Newer than what is shown, and clean. */
    let next: Taken | undefined
    /** The newest picture could not be shown. */
    let isBehind = false
    let tries = 0
    let shownAtMs = Number.NEGATIVE_INFINITY

    /** Chromium takes up to three pictures before it waits, so the first one here may be from before a secret went. */
    const takeNew = (wait: Duration.Duration): Effect.Effect<Option.Option<Taken>, unknown> =>
      Effect.flatMap(Effect.timeoutOption(Queue.take(frames), wait), (taken) =>
        Option.isSome(taken) && last.verdict === "secret" && taken.value.takenAtMs - TAKEN_WITHIN_MS < last.atMs
          ? acknowledge(taken.value).pipe(Effect.andThen(takeNew(ANOTHER)), Effect.map(Option.orElse(() => taken)))
          : Effect.succeed(taken)
      )

    const judge = (taken: Option.Option<Taken>, look: Look) =>
      Effect.gen(function* () {
        if (look.verdict === "secret") {
          next = undefined
          if (last.verdict !== "secret") yield* viewers.hide
        }
        if (Option.isNone(taken)) return
        isBehind = !isShowable(taken.value, last, look)
        tries = isBehind ? tries + 1 : 0
        if (!isBehind) next = taken.value
      })

    const turn = Effect.gen(function* () {
      const taken = yield* takeNew(next === undefined ? STILL : ANOTHER)
      const [took, look] = yield* Effect.timed(lookForSecrets(watched.page, cdp, watched.mask)).pipe(
        Effect.repeat({ ...PAINTED_LOOKS, while: ([, { sinceMs }]) => Option.isSome(taken) && sinceMs === UNPAINTED })
      )
      yield* judge(taken, look)
      last = look
      const nowMs = yield* monotonicMs
      if (next !== undefined && nowMs - shownAtMs >= everyMs) {
        yield* viewers.show(Buffer.from(next.data, "base64"))
        next = undefined
        shownAtMs = nowMs
      }
      const rest = look.verdict === "unknown" ? 0 : REST_PER_LOOK * Duration.toMillis(took)
      yield* Effect.sleep(Duration.millis(Math.max(tries > QUICK_TRIES ? NO_HURRY_MS : PAUSE_MS, rest)))
      if (isBehind && look.verdict === "clean") yield* Effect.andThen(stop, start)
      else if (Option.isSome(taken)) yield* acknowledge(taken.value)
    })

    yield* Effect.forkScoped(Effect.forever(Effect.andThen(ask, Effect.sleep(STILL))))
    yield* Effect.tryPromise(() => cdp.send("Page.enable"))
    yield* Effect.tryPromise(() => cdp.send("Page.addScriptToEvaluateOnNewDocument", { source: NOTES_SCRIPT }))
    yield* start
    return yield* Effect.forever(turn)
  }).pipe(Effect.scoped)
