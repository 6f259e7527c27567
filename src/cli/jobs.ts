/** `callboard jobs`: lists, shows, cancels and retries jobs of a running server, and reads their logs. */
import { Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { hasEnded, type Job, type LogLine } from "../client/wire.ts"
import { inputFlag } from "./input.ts"
import { json, printed, table } from "./printing.ts"
import { ask } from "./theServer.ts"

const id = Argument.String("id").pipe(Argument.withDescription("The id of the job: JOB_20261122_104500_1A2B3C4D."))

const LINES_AT_ONCE = 200

const LOOK_EVERY = "1 second"

const stateOf = ({ error, progress, status }: Job): string => {
  if (status === "failed") return error === undefined ? "" : error.code
  return status === "in_progress" ? `${progress.percent} %` : ""
}

const list = Command.make(
  "list",
  {
    status: Flag.Literals("status", ["pending", "in_progress", "completed", "failed", "cancelled"]).pipe(
      Flag.withDescription("Only jobs that are so."),
      Flag.optional
    ),
    jobType: Flag.String("type").pipe(Flag.withDescription("Only jobs of this type."), Flag.optional),
    restaurantId: Flag.String("restaurant").pipe(Flag.withDescription("Only jobs for this restaurant."), Flag.optional),
    limit: Flag.Int("limit").pipe(Flag.withDescription("How many, 1 to 200."), Flag.withDefault(20)),
    json
  },
  Effect.fnUntraced(function* ({ jobType, json, limit, restaurantId, status }) {
    const filter = {
      limit,
      ...(Option.isSome(status) && { status: status.value }),
      ...(Option.isSome(jobType) && { jobType: jobType.value }),
      ...(Option.isSome(restaurantId) && { restaurantId: restaurantId.value })
    }
    const { data } = yield* ask((client, signal) => client.list(filter, { signal }))
    if (json) return yield* printed(data)
    if (data.length === 0) return yield* Console.error("No job matches.")
    yield* Console.log(
      table(
        data.map((job) => [job.jobId, job.status, stateOf(job), job.jobType, job.restaurantId ?? "", job.createdAt])
      )
    )
  })
).pipe(Command.withDescription("List jobs, the newest first."))

/** What a person reads first. */
const summaryOf = (job: Job): string =>
  table([
    ["job", job.jobId],
    ["type", job.jobType],
    ["status", job.status],
    ["progress", `${job.progress.percent} %${job.progress.message ? `, ${job.progress.message}` : ""}`],
    ["attempts", `${job.attempts} (${job.retryCount} of ${job.maxRetries} retries)`],
    ["created", job.createdAt],
    ...(job.startedAt ? [["started", job.startedAt]] : []),
    ...(job.completedAt ? [["ended", job.completedAt]] : []),
    ...(job.waitingFor ?? []).map(({ code }) => ["waits for", code]),
    ...(job.prompt ? [["asks", job.prompt.label]] : []),
    ...(job.error ? [["error", `${job.error.code}: ${job.error.message}`]] : []),
    ...(job.error?.hint ? [["hint", job.error.hint]] : []),
    ...(job.result === undefined ? [] : [["result", JSON.stringify(job.result)]])
  ])

const show = Command.make(
  "show",
  { id, json },
  Effect.fnUntraced(function* ({ id, json }) {
    const job = yield* ask((client, signal) => client.get(id, { signal }))
    yield* json ? printed(job) : Console.log(summaryOf(job))
  })
).pipe(Command.withDescription("Show one job: how far it is, what it waits for, why it failed."))

const cancel = Command.make(
  "cancel",
  { id },
  Effect.fnUntraced(function* ({ id }) {
    const job = yield* ask((client, signal) => client.cancel(id, { signal }))
    yield* Console.error(
      job.status === "cancelled"
        ? `${job.jobId} is cancelled.`
        : `${job.jobId} was asked to stop. It may take until the end of its step.`
    )
  })
).pipe(Command.withDescription("Cancel a job. One that runs stops at the end of its step."))

const retry = Command.make(
  "retry",
  {
    id,
    from: Flag.String("from").pipe(
      Flag.withDescription("checkpoint keeps finished steps, start keeps none; or the name of a step."),
      Flag.withDefault("checkpoint")
    ),
    input: inputFlag("Another input for it.").pipe(Flag.optional)
  },
  Effect.fnUntraced(function* ({ from, id, input }) {
    const job = yield* ask((client, signal) =>
      client.retry(id, { signal, from, ...(Option.isSome(input) && { input: input.value }) })
    )
    yield* Console.error(`${job.jobId} runs again.`)
  })
).pipe(Command.withDescription("Run a failed or cancelled job again."))

const lineOf = ({ at, attempt, level, message, step }: LogLine): string =>
  [at, `#${attempt}`, level.padEnd(5), ...(step === undefined ? [] : [`[${step}]`]), message].join(" ")

const logs = Command.make(
  "logs",
  {
    id,
    follow: Flag.Boolean("follow").pipe(
      Flag.withAlias("f"),
      Flag.withDescription("Go on until the job has ended."),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function* ({ follow, id }) {
    let after = 0
    for (;;) {
      // Before the lines, so that the last lines of a job that ends meanwhile are read once more.
      const ended = !follow || hasEnded((yield* ask((client, signal) => client.status(id, { signal }))).status)
      const lines = yield* ask((client, signal) => client.logs(id, { signal, after, limit: LINES_AT_ONCE }))
      for (const line of lines) yield* Console.log(lineOf(line))
      after = lines.at(-1)?.id ?? after
      if (lines.length === LINES_AT_ONCE) continue
      if (ended) return
      yield* Effect.sleep(LOOK_EVERY)
    }
  })
).pipe(Command.withDescription("Print what a job wrote down."))

export const jobs = Command.make("jobs").pipe(
  Command.withDescription("Work with jobs of a running server."),
  Command.withSubcommands([list, show, cancel, retry, logs])
)
