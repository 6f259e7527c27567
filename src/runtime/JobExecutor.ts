/** Runs one attempt of one job: opens its secrets, gives the script its services, bounds its time, records its end. */
import { Cause, Context, Duration, Effect, Logger, Option, Scope } from "effect"
import { BrowserSession } from "../domain/BrowserSession.ts"
import { FatalError, toStoredError } from "../domain/JobError.ts"
import { type Claim, JobQueue, type NewLogLine, type Outcome } from "../domain/JobQueue.ts"
import { type JobType, JobTypes } from "../domain/JobType.ts"
import { Operator } from "../domain/Operator.ts"
import { Steps } from "../domain/Steps.ts"
import { BrowserSessions } from "./browser/BrowserSessions.ts"
import { giveUpAfter } from "./giveUpAfter.ts"
import { makeJobLogger } from "./JobLog.ts"
import { makeJobSteps } from "./JobSteps.ts"
import { LiveSessions } from "./LiveSessions.ts"
import { type Masker, makeMasker } from "./Masker.ts"
import type { RunnableAttempt } from "./RunningJobs.ts"
import { SecretBox } from "./SecretBox.ts"
import type { AttemptEnd, StopSignal } from "./StopSignal.ts"
import { untilAnswered } from "./StoreDurably.ts"
import { isTooLarge } from "./StoredSize.ts"
import { cannotBeStored, failureOf, outcomeOf } from "./settle.ts"

/** Time to write one batch of log lines before it is given up. */
const LOG_WRITE_LIMIT = Duration.seconds(5)

const NO_KEY = new FatalError({
  code: "PERMISSION_DENIED",
  message: "The secrets of this job were sealed with a key that this server does not have.",
  hint: "Start the server with the CALLBOARD_SECRET_KEY that was in use when the job was created, or create the job again."
})

const nobodyAnswers = Operator.of({
  prompt: () =>
    Effect.fail(new FatalError({ code: "OPERATOR_INPUT_TIMEOUT", message: "Nobody can be asked here yet." }))
})

const RESULT_REFUSED: Outcome = {
  _tag: "Failed",
  error: toStoredError(cannotBeStored("The result"), undefined)
}

/** The last line of a failed attempt. A bug is kept whole, with its stack; an expected failure is its sentence. */
const logEnd = (cause: Cause.Cause<unknown>) => {
  if (Cause.hasInterruptsOnly(cause)) return Effect.void
  const error = failureOf(cause)
  return Effect.logError(error.code === "SCRIPT_DEFECT" ? cause : error.message)
}

const noBrowser = BrowserSession.of({
  use: () => Effect.die(new Error('This job type is in a lane that has no browser. Use lane "browser".'))
})

export const makeJobExecutor = Effect.gen(function* () {
  const queue = yield* JobQueue
  const types = yield* JobTypes
  const box = yield* SecretBox
  const browsers = yield* BrowserSessions
  const live = yield* LiveSessions

  const settle = (claim: Claim, outcome: Outcome) =>
    untilAnswered(queue.settle(claim.lease, outcome)).pipe(
      Effect.catchTag("CannotBeStored", () => untilAnswered(queue.settle(claim.lease, RESULT_REFUSED)))
    )

  /** Quick jobs are too many for a line each. */
  const logOutcome = (type: JobType, outcome: Outcome) =>
    type.lane === "quick" && outcome._tag === "Completed"
      ? Effect.void
      : Effect.logInfo("attempt ended").pipe(
          Effect.annotateLogs({ outcome: outcome._tag, ...("error" in outcome && { code: outcome.error.code }) })
        )

  const withNames = <A>(claim: Claim, effect: Effect.Effect<A>) =>
    Effect.annotateLogs(effect, { jobId: claim.jobId, jobType: claim.jobType, attempt: claim.lease.attempt })

  const openInput = (claim: Claim, type: JobType) =>
    box.openInput(type.inputSchema, claim.input, claim.id).pipe(Effect.mapError(() => NO_KEY))

  /** Never fails: whatever happens is the outcome of the attempt. */
  return (claim: Claim): RunnableAttempt => {
    const type = Option.getOrThrow(types.find(claim.jobType))
    let mask: Masker = (text) => text
    let currentStep: () => string | undefined = () => undefined

    const writeLog = (lines: ReadonlyArray<NewLogLine>) =>
      queue.log(claim.lease, lines).pipe(
        giveUpAfter(LOG_WRITE_LIMIT),
        Effect.catchCause((cause) => withNames(claim, Effect.logWarning("log lines of a job could not be kept", cause)))
      )

    // The scope is closed before the script's end is known: when it has ended, its browser is gone.
    const script = (signal: StopSignal) =>
      Effect.gen(function* () {
        const { input, secrets } = yield* openInput(claim, type)
        mask = makeMasker(secrets)
        const scope = yield* Effect.scope
        const onLeaseLost = () =>
          Effect.andThen(
            Effect.sync(() => signal.stop("leaseLost")),
            Effect.interrupt
          )
        const made = makeJobSteps({ queue, claim, type, mask, onLeaseLost, scope })
        currentStep = made.currentStep
        const logger = new Set([yield* makeJobLogger({ mask, currentStep, write: writeLog })])
        const watchable = Effect.tap(browsers.open, (opened) => live.offer(claim.lease, opened, (text) => mask(text)))
        const session = type.lane === "browser" ? yield* watchable : noBrowser
        return yield* type.run(input).pipe(
          Effect.provideContext(
            Context.make(BrowserSession, session).pipe(
              Context.add(Steps, made.steps),
              Context.add(Operator, nobodyAnswers),
              Context.add(Scope.Scope, scope),
              Context.add(Logger.CurrentLoggers, logger)
            )
          ),
          Effect.tapCause((cause) => Effect.provideService(logEnd(cause), Logger.CurrentLoggers, logger))
        )
      }).pipe(Effect.scoped)

    const ended = (end: AttemptEnd) =>
      outcomeOf({ claim, retry: type.retry, mask, step: currentStep() }, end).pipe(
        Effect.map((outcome) =>
          outcome._tag === "Completed" && isTooLarge(outcome.result) ? RESULT_REFUSED : outcome
        ),
        Effect.flatMap((outcome) =>
          Effect.flatMap(settle(claim, outcome), () => withNames(claim, logOutcome(type, outcome)))
        ),
        Effect.catchTag("LeaseLost", () =>
          withNames(claim, Effect.logWarning("attempt ended after its lease was taken over"))
        ),
        Effect.catchCause((cause) => withNames(claim, Effect.logError("attempt could not be recorded", cause)))
      )

    return { script, ended }
  }
})
