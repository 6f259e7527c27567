/**
 * Keeps what a script logs with its job, without the secrets of the attempt and without personal data. Script lines go
 * nowhere else, because they may name people and portals.
 */
import { inspect } from "node:util"
import { Cause, Duration, Effect, type LogLevel as EffectLogLevel, Fiber, Logger, Queue, Scope, Stream } from "effect"
import type { LogLevel } from "../domain/Attempt.ts"
import { CurrentStep } from "../domain/CurrentJob.ts"
import type { NewLogLine } from "../domain/JobQueue.ts"
import { redact } from "../domain/redact.ts"
import { type Masker, shorten } from "./Masker.ts"

/** Lines are written together, this many or this often. */
const BATCH_LINES = 100
const BATCH_TIME = Duration.millis(250)

/** Characters of one line; the rest is cut. */
const LONGEST_LINE = 8_000

/** Lines of one attempt; a script that logs in a circle must not fill the disk. */
const MOST_LINES = 10_000

const levelOf = (level: EffectLogLevel.LogLevel): LogLevel => {
  if (level === "Fatal" || level === "Error") return "error"
  if (level === "Warn") return "warn"
  return level === "Info" ? "info" : "debug"
}

/** Stacks name files below the folder of the project, not where that is on this machine. */
const prettyCause = (cause: Cause.Cause<unknown>): string => Cause.pretty(cause).replaceAll(`${process.cwd()}/`, "")

const textOf = (part: unknown): string => {
  if (typeof part === "string") return part
  if (part instanceof Error) return `${part.name}: ${part.message}`
  if (Cause.isCause(part)) return prettyCause(part)
  return inspect(part, { depth: 4, breakLength: Number.POSITIVE_INFINITY })
}

/** Cut before as well, because a script may log a whole page; later, so that no half of a number is left at the end. */
const keptOf = (text: string): string => shorten(redact(shorten(text, 2 * LONGEST_LINE)), LONGEST_LINE)

export interface JobLogOptions {
  /** Of the attempt: its end waits for the lines that are still in hand. */
  readonly scope: Scope.Scope
  readonly run: (writer: Effect.Effect<void>) => Fiber.Fiber<void>
  readonly mask: Masker
  readonly currentStep: () => string | undefined
  readonly write: (lines: ReadonlyArray<NewLogLine>) => Effect.Effect<void>
}

/** A logger for one attempt. */
export const makeJobLogger = ({ currentStep, mask, run, scope, write }: JobLogOptions) => {
  let kept = 0
  let queue: Queue.Queue<NewLogLine, Cause.Done> | undefined

  /** Most attempts of quick jobs log nothing, so what writes the lines starts with the first one. */
  const start = () => {
    const lines = Effect.runSync(Queue.unbounded<NewLogLine, Cause.Done>())
    const writer = run(
      Stream.fromQueue(lines).pipe(Stream.groupedWithin(BATCH_LINES, BATCH_TIME), Stream.runForEach(write))
    )
    const end = Effect.andThen(Queue.end(lines), Fiber.await(writer))
    Effect.runSync(Scope.addFinalizer(scope, end))
    return lines
  }

  return Logger.make<unknown, void>(({ cause, date, fiber, logLevel, message }) => {
    if (++kept > MOST_LINES) return
    const parts = Array.isArray(message) ? message.map(textOf) : [textOf(message)]
    if (cause.reasons.length > 0) parts.push(prettyCause(cause))
    const text = kept === MOST_LINES ? "More lines than are kept follow." : keptOf(mask(parts.join(" ")))
    const step = fiber.getRef(CurrentStep) ?? currentStep()
    queue ??= start()
    Queue.offerUnsafe(queue, {
      level: levelOf(logLevel),
      at: date,
      message: text,
      ...(step !== undefined && { step })
    })
  })
}
