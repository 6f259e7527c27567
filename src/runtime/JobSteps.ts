/** The steps of one attempt: runs each once per job, keeps its output, and tells how far the job is. */
import { Cause, Duration, Effect, Exit, Option, Schema, type Scope } from "effect"
import { CurrentStep } from "../domain/CurrentJob.ts"
import type { Claim, JobQueue } from "../domain/JobQueue.ts"
import { type JobType, otherForm } from "../domain/JobType.ts"
import { LeaseLost } from "../domain/Lease.ts"
import { monotonicMs } from "../domain/monotonicMs.ts"
import { type Progress, percentOf, type StepFraction } from "../domain/Progress.ts"
import { declaredStep } from "../domain/StepDefinition.ts"
import { makeOnce, type StepsApi } from "../domain/Steps.ts"
import { giveUpAfter } from "./giveUpAfter.ts"
import { inSpan } from "./inSpan.ts"
import type { EndedStep } from "./JobLife.ts"
import { type Masker, shorten } from "./Masker.ts"
import { storeDurably } from "./StoreDurably.ts"
import { LARGEST_CHECKPOINTS, sizeOf, storedJson } from "./StoredSize.ts"
import { cannotBeStored } from "./settle.ts"

/** Progress is written at most this often; the board cannot show more. */
const WRITE_PROGRESS_EVERY = Duration.millis(500)

/** A write that got no answer until then keeps its connection from the others. */
const LONGEST_PROGRESS = Duration.seconds(5)

/** How long the checkpoint of a finished step is tried, whatever else is asked of the attempt meanwhile. */
const KEEP_TRYING = Duration.seconds(25)

/** The same once the attempt has to be gone at once: its lease may soon be somebody else's. */
const LAST_TRY = Duration.seconds(1)

/** A script that goes on after failures, again and again, is not remembered all of them. */
const MOST_FAILURES = 20

/** Characters of a progress message; the rest is cut. */
const LONGEST_MESSAGE = 300

const outputRefused = (name: string) => cannotBeStored(`The output of the step ${name}`)

/** What looks on when steps end, such as the browser's evidence. Neither fails. */
export interface StepWatch {
  readonly completed: (name: string, number: number) => Effect.Effect<void>
  /** Gives the cause back, perhaps with more to say. */
  readonly failed: <E>(name: string, number: number, cause: Cause.Cause<E>) => Effect.Effect<Cause.Cause<E>>
}

export interface JobStepsOptions {
  readonly queue: typeof JobQueue.Service
  readonly claim: Claim
  readonly type: JobType
  readonly mask: Masker
  /** Stops the attempt: its lease was lost. Never returns to the script. */
  readonly onLeaseLost: (lost: LeaseLost) => Effect.Effect<never>
  /** Waits until the attempt has to be gone at once. */
  readonly urgent: Effect.Effect<void>
  /** None where there is nothing to see. */
  readonly watch: StepWatch | undefined
  /** Tells the log of the process that a step ended. */
  readonly tell: (step: EndedStep) => Effect.Effect<void>
  /** Lasts as long as the attempt. */
  readonly scope: Scope.Scope
}

const nothingToSee: StepWatch = {
  completed: () => Effect.void,
  failed: (_name, _number, cause) => Effect.succeed(cause)
}

export const makeJobSteps = (options: JobStepsOptions) => {
  const { claim, mask, onLeaseLost, queue, scope, tell, type, urgent, watch = nothingToSee } = options
  const { checkpoints, lease } = claim
  const totalSteps = type.steps.length
  let current: Progress = { percent: 0, totalSteps }
  let unwritten = false
  /** Steps that have begun and are not known to have ended, the newest last. Several may run side by side. */
  let open: ReadonlyArray<string> = []
  /** What steps failed with, the newest last: the one that failed need not be the one that began last. */
  let failures: ReadonlyArray<{ readonly error: unknown; readonly name: string; readonly began: number }> = []
  let begun = 0

  const ended = (name: string) => {
    open = open.filter((each) => each !== name)
  }

  /** Of a step inside of another one, the inner one is what failed. */
  const blaming =
    (name: string) =>
    <A, E, R>(step: Effect.Effect<A, E, R>) =>
      Effect.suspend(() => {
        const began = ++begun
        return Effect.tapCause(step, (cause) =>
          Effect.sync(() => {
            const error = Cause.squash(cause)
            if (failures.some((each) => each.error === error && each.began > began)) return
            failures = [...failures, { error, name, began }].slice(-MOST_FAILURES)
          })
        )
      })

  const failedStep = (cause: Cause.Cause<unknown>): string | undefined => {
    const error = Cause.squash(cause)
    return failures.findLast((each) => each.error === error)?.name ?? current.stepName
  }

  /** A lost lease ends the attempt; an output that cannot be stored is a bug of the script. */
  const store = (name: string, write: ReturnType<typeof queue.endStep>) =>
    storeDurably(write).pipe(
      Effect.catchTag("LeaseLost", onLeaseLost),
      Effect.catchTag("CannotBeStored", () => Effect.die(outputRefused(name)))
    )

  let keptSize = checkpoints.size === 0 ? 0 : sizeOf([...checkpoints.values()])
  const makeRoomFor = (name: string, output: unknown) =>
    Effect.suspend(() => {
      const json = storedJson(output)
      keptSize += json?.length ?? 0
      return json !== undefined && keptSize <= LARGEST_CHECKPOINTS ? Effect.void : Effect.die(outputRefused(name))
    })

  const numberOf = (name: string) => {
    const declared = declaredStep(type.steps, name)
    return declared !== undefined
      ? Effect.succeed(declared.index + 1)
      : Effect.die(new Error(`The job type ${type.name} does not declare a step named "${name}".`))
  }

  /** Never falls within an attempt, even when a script runs its steps in another order. */
  const atStep = (number: number, name: string, message?: string, within?: StepFraction): Progress => ({
    percent: Math.max(current.percent, percentOf(number - 1, totalSteps, within)),
    totalSteps,
    step: number,
    stepName: name,
    ...(message !== undefined && { message: shorten(mask(message), LONGEST_MESSAGE) })
  })

  const givenUp = Effect.raceFirst(Effect.sleep(KEEP_TRYING), Effect.andThen(urgent, Effect.sleep(LAST_TRY))).pipe(
    Effect.andThen(Effect.suspend(() => onLeaseLost(new LeaseLost({ jobId: lease.jobId }))))
  )

  const perform = <A, E, R>(
    name: string,
    work: Effect.Effect<A, E, R>,
    checkpoint: (value: A) => Effect.Effect<{ readonly output: unknown } | undefined>
  ) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(numberOf(name), (number) =>
        Effect.gen(function* () {
          current = atStep(number, name)
          unwritten = false
          ended(name)
          open = [...open, name]
          yield* restore(store(name, queue.startStep(lease, { name, number, totalSteps, progress: current })))
          const traced = inSpan("Steps.run", { attributes: { "callboard.step": name } })
          const begunMs = yield* monotonicMs
          const told = (outcome: EndedStep["outcome"]) =>
            Effect.flatMap(monotonicMs, (nowMs) => tell({ step: name, outcome, durationMs: nowMs - begunMs }))
          const exit = yield* Effect.exit(restore(Effect.provideService(traced(work), CurrentStep, name)))
          if (Exit.isFailure(exit)) {
            if (Exit.hasInterrupts(exit)) return yield* exit
            yield* restore(store(name, queue.endStep(lease, { name, outcome: "failed" })))
            yield* told("failed")
            const cause = yield* restore(watch.failed(name, number, exit.cause))
            ended(name)
            return yield* Effect.failCause(cause)
          }
          // Nothing may come between the finished work and its checkpoint, as long as the lease can be trusted.
          const kept = yield* checkpoint(exit.value)
          const end = { name, outcome: "completed", ...(kept && { checkpoint: kept }) } as const
          yield* Effect.raceFirst(store(name, queue.endStep(lease, end)), givenUp)
          ended(name)
          yield* told("completed")
          yield* restore(watch.completed(name, number))
          return exit.value
        }).pipe(blaming(name))
      )
    )

  const once = makeOnce()

  const run: StepsApi["run"] = (name, output, work) =>
    Effect.gen(function* () {
      // Checkpoints are JSON, also where a schema's encoded side is a Date or a bigint.
      const codec = Schema.toCodecJson(output)
      const kept = checkpoints.has(name)
        ? yield* Effect.option(Schema.decodeUnknownEffect(codec)(checkpoints.get(name)))
        : Option.none()
      if (Option.isSome(kept)) {
        const number = yield* numberOf(name)
        // Of a step that repeats, other parts may be missing: how far it is only the script can say.
        const before = type.steps[number - 1]?.repeats === true ? number - 1 : number
        current = { ...current, percent: Math.max(current.percent, percentOf(before, totalSteps)) }
        return kept.value
      }
      const encode = Schema.encodeEffect(codec)
      return yield* perform(name, work, (value) =>
        encode(value).pipe(
          Effect.catch((error) => Effect.die(otherForm(`The output of the step ${name}`, error))),
          Effect.tap((encoded) => makeRoomFor(name, encoded)),
          Effect.map((encoded) => ({ output: encoded }))
        )
      )
    }).pipe(once(name))

  // Lost progress is no loss: a failed write is left to the next one.
  const writeProgress = () =>
    Effect.suspend(() => {
      if (!unwritten) return Effect.void
      unwritten = false
      return queue.progress(lease, current).pipe(
        giveUpAfter(LONGEST_PROGRESS),
        Effect.catchTag("LeaseLost", onLeaseLost),
        Effect.catchTag(["QueueUnavailable", "TimeoutError"], () => Effect.void)
      )
    }).pipe(Effect.andThen(Effect.sleep(WRITE_PROGRESS_EVERY)), Effect.forever)

  let isWriting = false
  const progress: StepsApi["progress"] = (message, within) =>
    Effect.suspend(() => {
      if (current.step === undefined || current.stepName === undefined) return Effect.void
      current = atStep(current.step, current.stepName, message, within)
      unwritten = true
      if (isWriting) return Effect.void
      isWriting = true
      return Effect.asVoid(Effect.forkIn(writeProgress(), scope))
    })

  const steps: StepsApi = {
    run,
    prepare: (name, work) => perform(name, work, () => Effect.succeed(undefined)),
    progress,
    attempt: lease.attempt
  }
  return { steps, currentStep: () => current.stepName, openStep: () => open.at(-1), failedStep }
}
