/** Runs one attempt of one job: opens its secrets, gives the script its services, bounds its time, records its end. */
import { Cause, Clock, Context, Duration, Effect, Exit, Logger, Option, References, Scope } from "effect"
import { BrowserSession, noBrowser } from "../domain/BrowserSession.ts"
import { Commands } from "../domain/Commands.ts"
import { CurrentStep } from "../domain/CurrentJob.ts"
import { JobChanges } from "../domain/JobChanges.ts"
import { JobPrompts } from "../domain/JobPrompts.ts"
import { type CannotBeStored, type Claim, JobQueue, type Outcome } from "../domain/JobQueue.ts"
import { type JobType, JobTypes, type ScriptServices } from "../domain/JobType.ts"
import type { Lane } from "../domain/Lane.ts"
import { Operator } from "../domain/Operator.ts"
import { numberedStep } from "../domain/StepDefinition.ts"
import { Steps } from "../domain/Steps.ts"
import { CurrentTraceParent, parseTraceParent } from "../domain/TraceParent.ts"
import type { AttemptClock } from "./AttemptClock.ts"
import { attemptReferences, makeOutside, makeToProcess } from "./attemptContext.ts"
import type { OpenSession } from "./browser/BrowserSeat.ts"
import { BrowserSessions } from "./browser/BrowserSessions.ts"
import { Evidence } from "./browser/Evidence.ts"
import { cannotOpen } from "./cannotOpen.ts"
import { giveUpAfter } from "./giveUpAfter.ts"
import { inOwnFiber } from "./inOwnFiber.ts"
import { inSpan } from "./inSpan.ts"
import { attemptEnded, attemptLost, type EndedStep, makeCompletionCount, stepEnded } from "./JobLife.ts"
import { makeJobLog } from "./JobLog.ts"
import { makeJobOperator } from "./JobOperator.ts"
import { makeJobSteps, type StepWatch } from "./JobSteps.ts"
import { LiveSessions } from "./LiveSessions.ts"
import { makeLearningMasker, maskJson } from "./Masker.ts"
import { momentOf } from "./Moment.ts"
import { makePromptSeats } from "./PromptSeats.ts"
import type { RunnableAttempt } from "./RunnableAttempt.ts"
import { RunningJobs } from "./RunningJobs.ts"
import { SecretBox } from "./SecretBox.ts"
import type { AttemptEnd, StopSignal } from "./StopSignal.ts"
import { storedJson } from "./StoredSize.ts"
import { failureOf, outcomeOf } from "./settle.ts"
import { settleSurely, storable } from "./settleSurely.ts"

/** Whoever asks later starts by itself in the end. */
const LONGEST_HINT = Duration.seconds(5)

/** The last line of a failed attempt. A bug is kept whole, with its stack; an expected failure is its sentence. */
const logEnd = (cause: Cause.Cause<unknown>, step: string | undefined) => {
  if (Cause.hasInterruptsOnly(cause)) return Effect.void
  const error = failureOf(cause)
  return Effect.provideService(
    Effect.logError(error.code === "SCRIPT_DEFECT" ? cause : error.message),
    CurrentStep,
    step
  )
}

/** What an attempt has from its begin on. */
interface Begun {
  readonly signal: StopSignal
  readonly clock: AttemptClock
  readonly scope: Scope.Scope
}

interface WatchedSession {
  readonly session: OpenSession
  readonly watch: StepWatch
}

/** One span, in the trace of who created the job. */
const traced = ({ jobId, jobType, lease, organisationId, traceParent }: Claim, lane: Lane) => {
  const parent = traceParent === undefined ? undefined : parseTraceParent(traceParent)
  return inSpan("JobExecutor.attempt", {
    kind: "consumer",
    ...(parent === undefined ? { root: true } : { parent }),
    attributes: {
      "callboard.job.id": jobId,
      "callboard.job.type": jobType,
      "callboard.job.attempt": lease.attempt,
      "callboard.lane": lane,
      "callboard.organisation": organisationId
    }
  })
}

export const makeJobExecutor = Effect.gen(function* () {
  const queue = yield* JobQueue
  const types = yield* JobTypes
  const box = yield* SecretBox
  const browsers = yield* BrowserSessions
  const commands = yield* Commands
  const evidence = yield* Evidence
  const live = yield* LiveSessions
  const prompts = yield* JobPrompts
  const { changes } = yield* JobChanges
  const seats = makePromptSeats((yield* RunningJobs).places)
  const run = Effect.runForkWith(yield* Effect.context<never>())
  const scope = yield* Effect.scope
  const seatFreed = (lane: Lane) =>
    prompts.startPostponed(lane).pipe(
      giveUpAfter(LONGEST_HINT),
      Effect.catch((cause) => Effect.logDebug("a job that asks later starts by itself", cause)),
      Effect.forkIn(scope),
      Effect.asVoid
    )

  const toProcess = yield* makeToProcess
  const wall = yield* Clock.Clock
  const nowMs = () => momentOf(wall).monotonicMs
  const isTraced = yield* References.TracerEnabled
  const counting = yield* makeCompletionCount("quick")
  const counts = new Map(
    [...types.all, ...types.own].flatMap(({ lane, name }) =>
      counting !== undefined && lane === "quick" ? [[name, counting(name)] as const] : []
    )
  )
  const outside = makeOutside(Context.make(Commands, commands).pipe(Context.add(CurrentTraceParent, undefined)))

  const withNames = <A>(claim: Claim, effect: Effect.Effect<A>) =>
    Effect.annotateLogs(effect, { jobId: claim.jobId, jobType: claim.jobType, attempt: claim.lease.attempt })

  const openInput = (claim: Claim, type: JobType) =>
    box.openInput(type.inputSchema, claim.input, claim.id).pipe(Effect.mapError(cannotOpen))

  /**
   * Never fails: whatever happens is the outcome of the attempt. `lane` is the one that claimed it, which need not be its
   * type's: changes of many jobs run in any lane that is open, and a type may have moved since the job was created.
   */
  return (claim: Claim, lane: Lane): RunnableAttempt => {
    const type = Option.getOrThrow(types.find(claim.jobType))
    const masker = makeLearningMasker()
    const { mask } = masker
    let steps: ReturnType<typeof makeJobSteps> | undefined
    const currentStep = () => steps?.currentStep()
    /** Of the step that failed; of the one that began last where that is not known. */
    const failedStep = (cause: Cause.Cause<unknown>) => steps?.failedStep(cause)
    let attemptClock: AttemptClock | undefined

    const log = makeJobLog({
      mask,
      currentStep,
      run,
      write: (lines) => queue.log(claim.lease, lines),
      warn: (what, cause = Cause.empty) => withNames(claim, Effect.logWarning(what, cause))
    })
    const loggers = new Set([log.logger])

    const openSession = (signal: StopSignal) =>
      Effect.gen(function* () {
        const session = yield* browsers.open
        yield* live.offer(claim.lease, session, mask)
        const watch = yield* evidence.watch({
          session,
          claim,
          secrets: masker.known,
          openStep: () => numberedStep(type.steps, steps?.openStep()),
          signal
        })
        return { session, watch }
      })

    /** Most attempts ask nobody, and quick ones have no steps: what that takes is made when a script first uses it. */
    const servicesOf = ({ clock, scope, signal }: Begun, browser: WatchedSession | undefined) => {
      const onLeaseLost = () => {
        signal.stop("leaseLost")
        return Effect.interrupt
      }
      let operator: typeof Operator.Service | undefined
      const askedOf = () => {
        const learn = (answer: string) => masker.learn([answer])
        const pageGone = browser?.session.untilGone ?? Effect.never
        const own = { claim, lane, mask, learn, clock, signal, onLeaseLost, currentStep, pageGone }
        operator ??= makeJobOperator({ prompts, changes, box, seats, seatFreed, ...own })
        return operator
      }
      const made = () => {
        const tell = (step: EndedStep) => toProcess(stepEnded(claim, lane, step))
        const { urgent } = signal
        steps ??= makeJobSteps({ queue, claim, type, mask, onLeaseLost, scope, urgent, tell, watch: browser?.watch })
        return steps.steps
      }
      return {
        operator: Operator.of({ prompt: (question) => askedOf().prompt(question) }),
        steps: Steps.of({
          run: (name, output, work) => made().run(name, output, work),
          prepare: (name, work) => made().prepare(name, work),
          progress: (message, within) => made().progress(message, within),
          attempt: claim.lease.attempt
        })
      }
    }

    const durationMs = () => {
      const begunMs = attemptClock?.startedMs
      return begunMs === undefined ? undefined : nowMs() - begunMs
    }

    // The scope is closed before the script's end is known: when it has ended, its browser is gone. So nothing that is
    // closed with it may wait for the database: a lost lease is given away a few seconds after the script was stopped.
    const script = (signal: StopSignal, clock: AttemptClock) => {
      attemptClock = clock
      const whole = Effect.scoped(
        Effect.flatMap(openInput(claim, type), ({ input, secrets }) =>
          Effect.contextWith((context: Context.Context<Scope.Scope>) => {
            masker.learn(secrets)
            const scope = Context.get(context, Scope.Scope)
            const perform = (browser?: WatchedSession) => {
              const { operator, steps } = servicesOf({ clock, scope, signal }, browser)
              const services = context.pipe(
                Context.add(Operator, operator),
                Context.add(Steps, steps),
                Context.add(BrowserSession, browser?.session ?? noBrowser),
                Context.merge(attemptReferences(claim, clock)),
                Context.add(Logger.CurrentLoggers, loggers)
              )
              return Effect.updateContext<unknown, unknown, ScriptServices, never>(
                Effect.onExit(inOwnFiber(type.run(input)), (exit) =>
                  Effect.sync(() => {
                    signal.finished(exit)
                    clock.pause(nowMs())
                  })
                ),
                (): Context.Context<ScriptServices> =>
                  claim.traceParent === undefined
                    ? services
                    : Context.add(services, CurrentTraceParent, claim.traceParent)
              )
            }
            const ran = type.lane === "browser" ? Effect.flatMap(openSession(signal), perform) : perform()
            return Effect.tapCause(ran, (cause) =>
              Effect.provideService(logEnd(cause, failedStep(cause)), Logger.CurrentLoggers, loggers)
            )
          })
        )
      )
      const provided = Effect.updateContext<unknown, unknown, never, never>(whole, outside)
      return isTraced ? traced(claim, lane)(provided) : provided
    }

    /** Everybody who sees the job sees its result, so secrets of the input and answers of people are no part of it. */
    const withoutSecrets = (outcome: Outcome): Outcome =>
      outcome._tag === "Completed" && masker.known().length > 0
        ? { ...outcome, result: maskJson(mask, outcome.result) }
        : outcome

    const record = (outcome: Outcome) => {
      // Looked at before as well: a result that holds itself has no end for whoever hides secrets in it.
      const whole = storable(outcome)
      const masked = withoutSecrets(whole)
      const kept = masked === whole ? whole : storable(masked)
      return Effect.andThen(
        settleSurely(queue, claim.lease, kept),
        Effect.suspend(() => attemptEnded(claim, lane, kept, durationMs()))
      )
    }

    /** For jobs of which thousands end in a second: nothing is made for each that can be shared. */
    const endedWell: RunnableAttempt["endedWell"] = (result, then) => {
      const count = lane === "quick" ? counts.get(claim.jobType) : undefined
      // Lines of an attempt are stored before its end is told.
      if (count === undefined || masker.known().length > 0 || !log.close()) return false
      const json = storedJson(result)
      if (json === undefined) return false
      queue.completeSoon(claim.lease, json, (isRecorded) => {
        if (isRecorded) count(durationMs() ?? 0)
        then(isRecorded)
      })
      return true
    }

    const stepOf = (end: AttemptEnd) =>
      end._tag === "Ended" && Exit.isFailure(end.exit)
        ? failedStep(end.exit.cause)
        : (steps?.openStep() ?? currentStep())

    /** The lease runs out, and the job starts again. The database's words may quote the row. */
    const unrecorded = ({ sqlState = "unknown" }: CannotBeStored) =>
      Effect.logError("the database refuses to record how an attempt ended").pipe(Effect.annotateLogs({ sqlState }))

    const tellEnd = (end: AttemptEnd) =>
      Effect.suspend(() => outcomeOf({ queue, claim, retry: type.retry, mask, step: stepOf(end) }, end)).pipe(
        Effect.flatMap(record),
        Effect.catchTag("LeaseLost", () => attemptLost(claim)),
        Effect.catchTag("CannotBeStored", (refusal) => withNames(claim, unrecorded(refusal))),
        Effect.catchCause((cause) => withNames(claim, Effect.logError("attempt could not be recorded", cause)))
      )

    const ended = (end: AttemptEnd) => log.flushBefore(tellEnd(end))

    return { script, ended, endedWell }
  }
})
