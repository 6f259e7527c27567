/** One job of a job type, run as the runtime runs it, but in memory: checkpoints, retries, time-out and log. */
import { Cause, Context, Effect, Layer, Logger } from "effect"
import { delayBeforeRetry } from "../domain/Backoff.ts"
import { BrowserSession, noBrowser } from "../domain/BrowserSession.ts"
import { Commands } from "../domain/Commands.ts"
import { FatalError, type JobError, RetryableError } from "../domain/JobError.ts"
import type { JobType } from "../domain/JobType.ts"
import { mapSecrets } from "../domain/Secret.ts"
import { unstorable } from "../domain/Storable.ts"
import * as CommandProcesses from "../runtime/CommandProcesses.ts"
import { logText } from "../runtime/logText.ts"
import { type Masker, makeLearningMasker, maskJson } from "../runtime/Masker.ts"
import { storedJson } from "../runtime/StoredSize.ts"
import { cannotBeStored, failureOf, maskedWords } from "../runtime/settle.ts"
import { AnsweringOperator, makeOperatorScript, type OperatorScript } from "./AnsweringOperator.ts"
import { FakeBrowserSession, type FakePage } from "./FakePage.ts"
import { MemorySteps, makeStepsMemory, type StepsMemory } from "./MemorySteps.ts"
import { WorkerGone } from "./mockScript.ts"

export interface TestJobOptions {
  /** Default: the type's example. */
  readonly input?: unknown
  /** What the browser of the job shows. Without one, a script that uses its browser is a bug. */
  readonly page?: FakePage
  /** What people answer when the script asks, in order. A question without an answer times out. */
  readonly answers?: ReadonlyArray<string | boolean>
}

export type TestJobEnd =
  | { readonly status: "completed"; readonly result: unknown; readonly attempts: number }
  | { readonly status: "failed"; readonly error: JobError; readonly attempts: number }

export interface TestJob {
  readonly steps: StepsMemory
  readonly asked: OperatorScript["asked"]
  /** What the script logged, and at last why an attempt failed, with its secrets masked as they are in a real log. */
  readonly log: ReadonlyArray<string>
  /** Runs one attempt. Steps that an earlier one finished are not run again. Gives the result in its JSON form. */
  readonly attempt: Effect.Effect<unknown, JobError>
  /** Runs attempts, with the type's waits between them on the clock of the test, until the job has ended. */
  readonly run: Effect.Effect<TestJobEnd>
}

/** As often as the runtime puts up with. */
const MOST_CRASHES = 3

const CRASHED = new FatalError({
  code: "WORKER_CRASHED",
  message: `The job took its worker down ${MOST_CRASHES} times.`
})
const TIMED_OUT = new RetryableError({ code: "TIMEOUT", message: "The attempt took longer than it may." })

const noPage = Layer.succeed(BrowserSession, {
  use: () => Effect.die(new Error("This test gave the job no page: makeTestJob(type, { page: makeFakePage() })."))
})

/** Commands are run for real: they are the work that is tested. */
const realCommands = Layer.succeed(Commands, {
  run: (command, onLine) =>
    Layer.build(CommandProcesses.layer({ name: `test-${crypto.randomUUID()}`, bootId: "test" })).pipe(
      Effect.flatMap((context) => Context.get(context, Commands).run(command, onLine)),
      Effect.scoped
    )
})

const sessionOf = ({ lane }: JobType, page: FakePage | undefined) => {
  if (lane !== "browser") return Layer.succeed(BrowserSession, noBrowser)
  return page === undefined ? noPage : FakeBrowserSession(page)
}

const secretsOf = ({ inputSchema }: JobType, input: unknown): ReadonlyArray<string> => {
  const secrets: Array<string> = []
  mapSecrets(inputSchema, input, (secret) => secrets.push(String(secret)))
  return secrets
}

/** As it is recorded, and as people see it. */
const withoutSecrets = (mask: Masker, error: JobError): JobError => {
  const { hint, message } = maskedWords(mask, error)
  if (message === error.message && hint === error.hint) return error
  // Of an error, a copy has no cause.
  const told = { message, ...(hint !== undefined && { hint }), cause: error.cause }
  return error._tag === "FatalError" ? new FatalError({ ...error, ...told }) : new RetryableError({ ...error, ...told })
}

const isCrash = (cause: Cause.Cause<unknown>) => Cause.squash(cause) instanceof WorkerGone

export const makeTestJob = (type: JobType, options: TestJobOptions = {}): TestJob => {
  const memory = makeStepsMemory()
  const person = makeOperatorScript(...(options.answers ?? []))
  const log: Array<string> = []
  const { known, learn, mask } = makeLearningMasker()
  let attempts = 0
  const logger = Logger.make(({ cause, message }) => {
    log.push(mask(logText([message].flat(), cause)))
  })

  const script = Effect.gen(function* () {
    const input = yield* type.parseInput(options.input ?? type.example())
    learn(secretsOf(type, input))
    const result = yield* type
      .run(input)
      .pipe(
        Effect.provide([
          MemorySteps(memory, { attempt: ++attempts, declared: type.steps, mask }),
          AnsweringOperator(person, (secret) => learn([secret]), mask),
          realCommands,
          sessionOf(type, options.page),
          Logger.layer([logger])
        ]),
        Effect.timeoutOrElse({ duration: type.timeout, orElse: () => Effect.fail(TIMED_OUT) })
      )
    if (storedJson(result) === undefined) return yield* cannotBeStored("The result")
    const kept = known().length > 0 ? maskJson(mask, result) : result
    if (unstorable(kept, Number.POSITIVE_INFINITY) !== undefined) return yield* cannotBeStored("The result")
    return kept
  }).pipe(Effect.scoped)

  const attempt = Effect.catchCause(script, (cause) => {
    if (isCrash(cause)) return Effect.failCause(cause as Cause.Cause<never>)
    const error = failureOf(cause)
    // A bug is kept whole, with its stack, as in a real log.
    log.push(mask(error.code === "SCRIPT_DEFECT" ? logText([], cause) : error.message))
    return Effect.fail(withoutSecrets(mask, error))
  })

  const run = Effect.gen(function* () {
    let [crashes, retries] = [0, 0]
    for (;;) {
      const exit = yield* Effect.exit(attempt)
      if (exit._tag === "Success") return { status: "completed", result: exit.value, attempts } as const
      if (isCrash(exit.cause)) {
        if (++crashes === MOST_CRASHES) return { status: "failed", error: CRASHED, attempts } as const
        continue
      }
      const error = failureOf(exit.cause)
      if (error._tag === "FatalError" || retries === type.retry.maxRetries) {
        return { status: "failed", error, attempts } as const
      }
      const delay = yield* delayBeforeRetry(type.retry, ++retries, error, "test")
      if (delay._tag === "None") return { status: "failed", error, attempts } as const
      yield* Effect.sleep(delay.value)
    }
  })

  return { steps: memory, asked: person.asked, log, attempt, run }
}
