/**
 * Asks a person for one attempt: one question at a time, each kept in the database, where the answer comes from whatever
 * process took it. News of the job wake the wait up; a look now and then makes up for news that got lost.
 */
import { Duration, Effect, Option, Queue, Redacted, type Scope, Semaphore, Stream } from "effect"
import type { JobChanges } from "../domain/JobChanges.ts"
import { FatalError, type JobError } from "../domain/JobError.ts"
import type { PromptId } from "../domain/JobPrompt.ts"
import type { JobPrompts, NewPrompt, PromptNews } from "../domain/JobPrompts.ts"
import type { CannotBeStored, Claim, QueueUnavailable } from "../domain/JobQueue.ts"
import type { Lane } from "../domain/Lane.ts"
import type { LeaseLost } from "../domain/Lease.ts"
import { type Answer, Operator, type Prompt } from "../domain/Operator.ts"
import type { AttemptClock } from "./AttemptClock.ts"
import { cannotOpen } from "./cannotOpen.ts"
import { giveUpAfter } from "./giveUpAfter.ts"
import type { Masker } from "./Masker.ts"
import { moment } from "./Moment.ts"
import { lengthInWords, newPromptOf } from "./newPrompt.ts"
import type { PromptSeats } from "./PromptSeats.ts"
import { placeOfAnswer } from "./placeOfAnswer.ts"
import type { SecretBox } from "./SecretBox.ts"
import type { StopSignal } from "./StopSignal.ts"
import { storeDurably } from "./StoreDurably.ts"
import { cannotBeStored } from "./settle.ts"

/** News of the answer may get lost; then it is found this late at most. */
const LOOK_AGAIN = Duration.seconds(3)

/** Under load there is much news in a second; nobody answers faster than that. */
const BETWEEN_LOOKS = Duration.millis(250)

/** Closing a question whose script was stopped: the end of the attempt closes it too. */
const LONGEST_GOODBYE = Duration.seconds(1)

export interface JobOperatorOptions {
  readonly prompts: typeof JobPrompts.Service
  readonly changes: typeof JobChanges.Service.changes
  readonly box: typeof SecretBox.Service
  readonly seats: PromptSeats
  /** A seat of the lane is free. Does not wait for what follows from it. */
  readonly seatFreed: (lane: Lane) => Effect.Effect<void>
  readonly claim: Claim
  readonly lane: Lane
  readonly mask: Masker
  /** Hides this text from now on in everything that leaves the attempt. */
  readonly learn: (secret: string) => void
  readonly clock: AttemptClock
  readonly signal: StopSignal
  readonly currentStep: () => string | undefined
  /** Stops the attempt: its lease was lost. Never returns to the script. */
  readonly onLeaseLost: (lost: LeaseLost) => Effect.Effect<never>
  /** Fails when the page is gone that the answer is for: nobody should look for a code that nothing can take. */
  readonly pageGone: Effect.Effect<never, JobError>
}

const nobodyAnswered = ({ label, timeout }: NewPrompt) =>
  new FatalError({
    code: "OPERATOR_INPUT_TIMEOUT",
    message: `Nobody answered “${label}” within ${lengthInWords(timeout)}.`,
    hint: "Retry the job when somebody is there to answer."
  })

export const makeJobOperator = (options: JobOperatorOptions) => {
  const { box, changes, claim, clock, lane, learn, onLeaseLost, prompts, seats, signal } = options
  const { lease } = claim
  const turn = Semaphore.makeUnsafe(1)
  /** Asked, and not known to be closed. */
  let open: PromptId | undefined

  const store = <A>(write: Effect.Effect<A, LeaseLost | CannotBeStored | QueueUnavailable>) =>
    storeDurably(write).pipe(
      Effect.catchTag("LeaseLost", onLeaseLost),
      Effect.catchTag("CannotBeStored", () => Effect.die(cannotBeStored("The question")))
    )

  const closing = (id: PromptId) => Effect.tap(prompts.close(lease, id), () => Effect.sync(() => (open = undefined)))

  const closeQuietly = (id: PromptId) => closing(id).pipe(giveUpAfter(LONGEST_GOODBYE), Effect.ignore)

  /** A signal whenever the job may have an answer, at most one of them waiting. */
  const listen = Effect.gen(function* () {
    const news = yield* Queue.sliding<void>(1)
    yield* changes.pipe(
      Stream.filter((change) => !("id" in change) || (change._tag === "Changed" && change.id === claim.id)),
      Stream.runForEach(() => Queue.offer(news, undefined)),
      Effect.forkScoped({ startImmediately: true })
    )
    return Queue.take(news)
  })

  const awaitEnd = (id: PromptId) =>
    Effect.gen(function* () {
      const news = yield* listen
      const look = Effect.gen(function* () {
        const found = yield* store(prompts.look(lease, id))
        if (found._tag !== "Open") return found
        yield* Effect.sleep(Duration.min(BETWEEN_LOOKS, found.left))
        yield* Effect.raceFirst(news, Effect.sleep(Duration.min(LOOK_AGAIN, found.left)))
        return found
      })
      return yield* Effect.repeat(look, { until: ({ _tag }) => _tag !== "Open" })
    }).pipe(Effect.scoped)

  const ask = (prompt: NewPrompt) =>
    Effect.gen(function* () {
      // What a stopped wait could not close would still take answers.
      if (open !== undefined) yield* store(closing(open))
      open = prompt.id
      yield* store(prompts.ask(lease, prompt))
      yield* Effect.logInfo(`Waits for a person: ${prompt.label}`)
      const end = yield* awaitEnd(prompt.id)
      yield* store(closing(prompt.id))
      return end
    }).pipe(Effect.onInterrupt(() => closeQuietly(prompt.id)))

  const opened = (prompt: NewPrompt, news: PromptNews) =>
    Effect.gen(function* () {
      if (news._tag !== "Answered") return yield* nobodyAnswered(prompt)
      const place = placeOfAnswer(claim.id, prompt.id)
      const value = yield* Effect.mapError(box.open(news.sealed, place), cannotOpen)
      const isSecret = prompt.kind === "otp" || prompt.kind === "text"
      if (isSecret) learn(String(value))
      yield* Effect.logInfo("Somebody answered.")
      return isSecret ? Redacted.make(String(value)) : value
    })

  /** Never returns to the script: the attempt ends and is not counted. */
  const postpone = (prompt: NewPrompt, delay: Duration.Duration) =>
    Effect.gen(function* () {
      yield* store(prompts.postpone(lease, prompt, delay))
      // The seat may have become free before anybody could know that this job waits for it.
      if (!seats.isFull(lane)) yield* options.seatFreed(lane)
      yield* Effect.logInfo("Asks later: too many questions of this kind of job wait for an answer already.")
      signal.stop("postponed")
      return yield* Effect.interrupt
    })

  /** The seat and the stopped clock last exactly as long as the question. */
  const seated = (prompt: NewPrompt) =>
    Effect.gen(function* () {
      const { monotonicMs: now } = yield* moment
      const seat = seats.take(lane, now, Duration.toMillis(prompt.timeout))
      if (seat._tag === "Full") return Option.some(seat.delay)
      yield* Effect.addFinalizer(() =>
        Effect.suspend(() => {
          seat.free()
          return options.seatFreed(lane)
        })
      )
      clock.pause(now)
      yield* Effect.addFinalizer(() => Effect.map(moment, (then) => clock.resume(then.monotonicMs)))
      return Option.none<Duration.Duration>()
    }).pipe(Effect.uninterruptible)

  const whole = (prompt: NewPrompt): Effect.Effect<unknown, JobError, Scope.Scope> =>
    Effect.gen(function* () {
      const delay = yield* seated(prompt)
      if (Option.isSome(delay)) return yield* postpone(prompt, delay.value)
      return yield* opened(prompt, yield* ask(prompt))
    })

  return Operator.of({
    prompt: <const P extends Prompt>(question: P) =>
      turn.withPermit(
        Effect.suspend(() => newPromptOf(question, options.mask, options.currentStep())).pipe(
          Effect.flatMap((prompt) => Effect.scoped(whole(prompt)) as Effect.Effect<Answer<P["kind"]>, JobError>),
          Effect.raceFirst(options.pageGone)
        )
      )
  })
}
