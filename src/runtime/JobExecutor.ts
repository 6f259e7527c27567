/** Runs one attempt of one job: opens its secrets, gives the script its services, bounds its time, records its end. */
import { Cause, Duration, Effect, Exit, Logger, Option, Queue, Scope } from "effect"
import { BrowserSession } from "../domain/BrowserSession.ts"
import { FatalError, RetryableError, toStoredError } from "../domain/JobError.ts"
import { type Claim, JobQueue, type NewLogLine, type Outcome } from "../domain/JobQueue.ts"
import { type JobType, JobTypes } from "../domain/JobType.ts"
import { Steps } from "../domain/Steps.ts"
import { BrowserSessions } from "./BrowserSessions.ts"
import { giveUpAfter } from "./giveUpAfter.ts"
import { makeJobLogger } from "./JobLog.ts"
import { makeJobSteps } from "./JobSteps.ts"
import { makeMasker } from "./Masker.ts"
import type { Mailbox } from "./RunningJobs.ts"
import { type OpenedInput, SecretBox } from "./SecretBox.ts"
import { storeDurably } from "./StoreDurably.ts"
import { isTooLarge } from "./StoredSize.ts"
import { type AttemptEnd, cannotBeStored, failureOf, outcomeOf } from "./settle.ts"

/** Time to write one batch of log lines before it is given up. */
const LOG_WRITE_LIMIT = Duration.seconds(5)

const NO_KEY = new FatalError({
  code: "PERMISSION_DENIED",
  message: "The secrets of this job were sealed with a key that this server does not have.",
  hint: "Start the server with the CALLBOARD_SECRET_KEY that was in use when the job was created, or create the job again."
})

const RESULT_REFUSED: Outcome = {
  _tag: "Failed",
  error: toStoredError(cannotBeStored("The result"), undefined)
}

const TIMED_OUT = new RetryableError({ code: "TIMEOUT", message: "The attempt took longer than it may." })

/** The last line of a failed attempt. A bug is kept whole, with its stack; an expected failure is its sentence. */
const logEnd = (cause: Cause.Cause<unknown>) => {
  if (Cause.hasInterruptsOnly(cause)) return Effect.void
  const error = failureOf(cause)
  return Effect.logError(error.code === "SCRIPT_DEFECT" ? cause : error.message)
}

const noBrowser = BrowserSession.of({
  use: () => Effect.die(new Error('This job type is in the "default" lane, which has no browser. Use lane "browser".'))
})

export const makeJobExecutor = Effect.gen(function* () {
  const queue = yield* JobQueue
  const types = yield* JobTypes
  const box = yield* SecretBox
  const browsers = yield* BrowserSessions

  /** Runs the script in a scope that is closed before the outcome is known: when this returns, its browser is gone. */
  const runScript = (claim: Claim, type: JobType, opened: OpenedInput, mailbox: Mailbox) =>
    Effect.gen(function* () {
      const mask = makeMasker(opened.secrets)
      let currentStep: () => string | undefined = () => undefined

      const onLeaseLost = () =>
        Queue.offer(mailbox, { _tag: "Stop", reason: "leaseLost" }).pipe(Effect.andThen(Effect.interrupt))
      const writeLog = (lines: ReadonlyArray<NewLogLine>) =>
        queue.log(claim.lease, lines).pipe(
          giveUpAfter(LOG_WRITE_LIMIT),
          Effect.catchCause((cause) => Effect.logWarning("log lines of a job could not be kept", cause))
        )

      const script = Effect.gen(function* () {
        const made = yield* makeJobSteps({ queue, claim, type, mask, onLeaseLost })
        currentStep = made.currentStep
        const logger = yield* makeJobLogger({ mask, currentStep, write: writeLog })
        const scope = yield* Effect.scope
        const openSession = type.lane === "browser" ? browsers.open : Effect.succeed(noBrowser)
        return yield* openSession.pipe(
          Effect.flatMap((session) => Effect.provideService(type.run(opened.input), BrowserSession, session)),
          Effect.provideService(Steps, made.steps),
          Effect.provideService(Scope.Scope, scope),
          Effect.tapCause(logEnd),
          Effect.provide(Logger.layer([logger]))
        )
      }).pipe(Effect.scoped, Effect.timeoutOrElse({ duration: claim.timeout, orElse: () => Effect.fail(TIMED_OUT) }))

      const ended = Effect.map(Effect.exit(script), (exit): AttemptEnd => ({ _tag: "Ended", exit }))
      const stopped = Effect.map(Queue.take(mailbox), ({ reason }): AttemptEnd => ({ _tag: "Stopped", reason }))
      const end = yield* Effect.raceFirst(ended, stopped)
      return yield* outcomeOf({ claim, retry: type.retry, mask, step: currentStep() }, end)
    })

  /** Never fails: whatever happens is the outcome of the attempt. */
  const execute = Effect.fn("JobExecutor.execute")(
    function* (claim: Claim, mailbox: Mailbox) {
      const type = Option.getOrThrow(types.find(claim.jobType))
      const opened = yield* Effect.exit(box.openInput(type.inputSchema, claim.input, claim.id))
      const ended = Exit.isSuccess(opened)
        ? yield* runScript(claim, type, opened.value, mailbox)
        : yield* outcomeOf(
            { claim, retry: type.retry, mask: (text) => text, step: undefined },
            { _tag: "Ended", exit: Exit.fail(NO_KEY) }
          )
      const outcome = ended._tag === "Completed" && isTooLarge(ended.result) ? RESULT_REFUSED : ended
      yield* storeDurably(queue.settle(claim.lease, outcome)).pipe(
        Effect.catchTag("CannotBeStored", () => storeDurably(queue.settle(claim.lease, RESULT_REFUSED)))
      )
      yield* Effect.logInfo("attempt ended").pipe(
        Effect.annotateLogs({ outcome: outcome._tag, ...("error" in outcome && { code: outcome.error.code }) })
      )
    },
    Effect.catchTag("LeaseLost", () => Effect.logWarning("attempt ended after its lease was taken over")),
    Effect.catchCause((cause) => Effect.logError("attempt could not be recorded", cause)),
    (effect, claim) =>
      Effect.annotateLogs(effect, { jobId: claim.jobId, jobType: claim.jobType, attempt: claim.lease.attempt })
  )

  return execute
})
