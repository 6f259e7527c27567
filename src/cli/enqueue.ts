/** `callboard enqueue`: creates a job on a running server, and may wait for its end. */
import { Console, Duration, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import type { JobStatusView } from "../client/wire.ts"
import { DurationOf } from "../runtime/Setting.ts"
import { inputFlag } from "./input.ts"
import { print, printed, visible } from "./printing.ts"
import { Refused } from "./Refused.ts"
import { ask, makePatientAsk } from "./theServer.ts"

/** On standard error, so that standard output holds the result alone. */
const tell = ({ progress, status }: JobStatusView) => {
  const step = progress.stepName ? `, ${progress.stepName}` : ""
  process.stderr.write(`${visible(`${status}, ${progress.percent} %${step}`)}\n`)
}

const text = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withDescription(description), Flag.optional)

const texts = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withDescription(`${description} May be given several times.`), Flag.atLeast(0))

/** What else may be said of the job; what is left out is the server's to choose. */
const options = {
  priority: Flag.Int("priority").pipe(Flag.withDescription("-100 to 100; higher starts first."), Flag.withDefault(0)),
  runAt: text("run-at", "Not before this time: 2026-12-24T08:00:00Z."),
  restaurantId: text("restaurant", "The restaurant that it is for."),
  labels: texts("label", "A label for lists."),
  dedupeKey: text("dedupe-key", "While a job with this key is open, no other one is made."),
  dependsOn: texts("depends-on", "The id of a job that has to complete first.")
}

/** The job goes on, whoever waits for it. */
const waitFor = (id: string, jobId: string, timeout: Option.Option<Duration.Duration>) => {
  const { onAnswer, onBreak } = makePatientAsk()
  const onStatus = (status: JobStatusView) => {
    onAnswer()
    tell(status)
  }
  const ended = ask((client, signal) => client.waitFor(id, { signal, onBreak, onStatus })).pipe(
    Effect.onInterrupt(() => Console.error(`Not waiting any more. ${jobId} goes on.`))
  )
  return Option.isNone(timeout)
    ? ended
    : Effect.timeoutOrElse(ended, {
        duration: timeout.value,
        orElse: () =>
          Effect.fail(new Refused({ message: `${jobId} has not ended within ${Duration.format(timeout.value)}.` }))
      })
}

export const enqueue = Command.make(
  "enqueue",
  {
    jobType: Argument.String("type").pipe(Argument.withDescription("A name that callboard types lists.")),
    input: inputFlag("What the job gets.").pipe(Flag.withDefault({})),
    key: text("key", "Idempotency key: the same key and input give the same job."),
    wait: Flag.Boolean("wait").pipe(
      Flag.withDescription("Wait until it has ended, and print its result."),
      Flag.withDefault(false)
    ),
    timeout: Flag.String("timeout").pipe(
      Flag.withMetavar("duration"),
      Flag.withDescription('With --wait: how long at most, such as "10 minutes". The job goes on.'),
      Flag.withSchema(DurationOf(Duration.millis(1))),
      Flag.optional
    ),
    ...options
  },
  Effect.fnUntraced(function* ({ input, jobType, key, wait, timeout, ...said }) {
    const { dedupeKey, dependsOn, labels, priority, restaurantId, runAt } = said
    const job = yield* ask((client, signal) =>
      client.create(jobType, input, {
        signal,
        priority,
        ...(labels.length > 0 && { labels }),
        ...(dependsOn.length > 0 && { dependsOn }),
        ...(Option.isSome(runAt) && { runAt: runAt.value }),
        ...(Option.isSome(restaurantId) && { restaurantId: restaurantId.value }),
        ...(Option.isSome(dedupeKey) && { dedupeKey: dedupeKey.value }),
        ...(Option.isSome(key) && { idempotencyKey: key.value })
      })
    )
    if (!wait) return yield* print(job.jobId, `The job is ${job.jobId}.`)
    yield* Console.error(job.jobId)
    const ended = yield* waitFor(job.id, job.jobId, timeout)
    if (ended.status === "completed") return yield* printed(ended.result ?? null)
    const why = ended.error ? ` ${ended.error.code}: ${ended.error.message}` : ""
    return yield* new Refused({ message: visible(`${ended.jobId} ${ended.status}.${why}`) })
  })
).pipe(
  Command.withDescription("Create a job on a running server, and print its id."),
  Command.withExamples([{ command: "callboard enqueue add-item-tags --input @input.json --wait" }])
)
