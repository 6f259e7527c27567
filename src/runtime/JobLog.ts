/**
 * Keeps what a script logs with its job, without the secrets of the attempt and without personal data. Script lines go
 * nowhere else, because they may name people and portals.
 */
import {
  type Cause,
  Duration,
  Effect,
  type LogLevel as EffectLogLevel,
  Fiber,
  Logger,
  Option,
  Queue,
  Schedule,
  Stream
} from "effect"
import type { LogLevel } from "../domain/Attempt.ts"
import { CurrentStep } from "../domain/CurrentJob.ts"
import type { NewLogLine, QueueUnavailable } from "../domain/JobQueue.ts"
import { redact } from "../domain/redact.ts"
import { giveUpAfter } from "./giveUpAfter.ts"
import { hidePersonal } from "./hidePersonal.ts"
import { logText } from "./logText.ts"
import { type Masker, shorten } from "./Masker.ts"

/** Lines are written together, this many or this often. */
const BATCH_LINES = 100
const BATCH_TIME = Duration.millis(250)

/** Time to write one batch before that counts as a failure. While the script runs nothing waits for it. */
const LONGEST_WRITE = Duration.seconds(5)

/**
 * An outage takes no lines. What the database refuses is given up after a while; the others must not wait for ever. By
 * the time and not by the tries, because one may take `LONGEST_WRITE`.
 */
const TRY_AGAIN = Schedule.spaced("1 second").pipe(Schedule.upTo({ duration: "1 minute" }))

/** The end of an attempt waits as long for its lines to be stored, whatever the database does. */
const LONGEST_FLUSH = Duration.seconds(2)

/** And what is left then, once the database took the end: a write that hangs, and another try. */
const LONGEST_REST = Duration.seconds(8)

/** Characters of one line; the rest is cut. */
const LONGEST_LINE = 8_000

/** Lines of one attempt; a script that logs in a circle must not fill the disk. */
const MOST_LINES = 10_000

const levelOf = (level: EffectLogLevel.LogLevel): LogLevel => {
  if (level === "Fatal" || level === "Error") return "error"
  if (level === "Warn") return "warn"
  return level === "Info" ? "info" : "debug"
}

/** Cut before as well, because a script may log a whole page; later, so that no half of a number is left at the end. */
const keptOf = (text: string, hide: (text: string) => string): string =>
  shorten(hide(shorten(text, 2 * LONGEST_LINE)), LONGEST_LINE)

/**
 * What a library, a database or a partner wrote: it may quote anything, and nobody chose its words. An error may be
 * anywhere in an object, and an answer of a partner is one.
 */
const isRaw = (part: unknown): boolean => typeof part === "function" || (typeof part === "object" && part !== null)

export interface JobLogOptions {
  /** For what outlives the script: its browser is not kept open for the sake of log lines. */
  readonly run: (writer: Effect.Effect<void>) => Fiber.Fiber<void>
  readonly mask: Masker
  readonly currentStep: () => string | undefined
  readonly write: (lines: ReadonlyArray<NewLogLine>) => Effect.Effect<void, QueueUnavailable>
  /** Tells the log of the process about lines that are lost. */
  readonly warn: (what: string, cause?: Cause.Cause<unknown>) => Effect.Effect<void>
}

interface Writing {
  readonly lines: Queue.Queue<NewLogLine, Cause.Done>
  readonly writer: Fiber.Fiber<void>
}

/** The log of one attempt. */
export const makeJobLog = ({ currentStep, mask, run, warn, write }: JobLogOptions) => {
  let kept = 0
  let isClosed = false
  let writing: Writing | undefined

  /** Lines may be stored twice, when the database took them and its answer got lost. */
  const durably = (lines: ReadonlyArray<NewLogLine>) =>
    write(lines).pipe(
      giveUpAfter(LONGEST_WRITE),
      Effect.retry(TRY_AGAIN),
      Effect.catchCause((cause) => warn("log lines of a job could not be kept", cause))
    )

  /** Most attempts of quick jobs log nothing, so what writes the lines starts with the first one. */
  const start = (): Writing => {
    const lines = Effect.runSync(Queue.unbounded<NewLogLine, Cause.Done>())
    const batches = Stream.groupedWithin(Stream.fromQueue(lines), BATCH_LINES, BATCH_TIME)
    return { lines, writer: run(Stream.runForEach(batches, durably)) }
  }

  const logger = Logger.make<unknown, void>(({ cause, date, fiber, logLevel, message }) => {
    if (isClosed || ++kept > MOST_LINES) return
    const all = Array.isArray(message) ? message : [message]
    const hide = cause.reasons.length > 0 || all.some(isRaw) ? hidePersonal : redact
    const text = kept === MOST_LINES ? "More lines than are kept follow." : keptOf(mask(logText(all, cause)), hide)
    const step = fiber.getRef(CurrentStep) ?? currentStep()
    writing ??= start()
    Queue.offerUnsafe(writing.lines, {
      level: levelOf(logLevel),
      at: date,
      message: text,
      ...(step !== undefined && { step })
    })
  })

  /** Takes no more lines. True when there were none. */
  const close = (): boolean => {
    isClosed = true
    return writing === undefined
  }

  const flush = ({ lines, writer }: Writing, tell: Effect.Effect<void>) => {
    const within = (limit: Duration.Duration) =>
      Effect.map(Effect.timeoutOption(Fiber.await(writer), limit), Option.isSome)
    return Effect.gen(function* () {
      yield* Queue.end(lines)
      if (yield* within(LONGEST_FLUSH)) return yield* tell
      yield* tell
      if (!(yield* within(LONGEST_REST))) yield* warn("the last log lines of a job could not be kept")
    }).pipe(Effect.ensuring(Effect.sync(() => writer.interruptUnsafe())))
  }

  /** Stores all lines, and then tells the end of the attempt. Lines that do not get through in time come after it. */
  const flushBefore = (tell: Effect.Effect<void>): Effect.Effect<void> =>
    Effect.suspend(() => {
      close()
      return writing === undefined ? tell : flush(writing, tell)
    })

  return { logger, close, flushBefore }
}
