/** `callboard jobs`: lists, shows, cancels, retries and answers jobs of a running server, and reads their logs. */
import { Console, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import type { Job } from "../client/wire.ts"
import { inputFlag } from "./input.ts"
import { answer } from "./jobs/answer.ts"
import { id } from "./jobs/id.ts"
import { logs } from "./jobs/logs.ts"
import { json, print, printed, table } from "./printing.ts"
import { ask } from "./theServer.ts"

/** Jobs in one answer of the API. */
const MOST_AT_ONCE = 200

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
    label: Flag.String("label").pipe(Flag.withDescription("Only jobs with this label."), Flag.optional),
    search: Flag.String("search").pipe(Flag.withDescription("Only jobs in which this is found."), Flag.optional),
    since: Flag.String("since").pipe(
      Flag.withDescription("Only jobs created after this time: 2026-11-22T08:00:00Z."),
      Flag.optional
    ),
    limit: Flag.Int("limit").pipe(Flag.withDescription("How many, 1 to 200."), Flag.withDefault(20)),
    all: Flag.Boolean("all").pipe(Flag.withDescription("All that match, however many."), Flag.withDefault(false)),
    json
  },
  Effect.fnUntraced(function* ({ all, jobType, json, label, limit, restaurantId, search, since, status }) {
    const filter = {
      limit: all ? MOST_AT_ONCE : limit,
      ...(Option.isSome(label) && { label: label.value }),
      ...(Option.isSome(search) && { q: search.value }),
      ...(Option.isSome(since) && { createdAfter: since.value }),
      ...(Option.isSome(status) && { status: status.value }),
      ...(Option.isSome(jobType) && { jobType: jobType.value }),
      ...(Option.isSome(restaurantId) && { restaurantId: restaurantId.value })
    }
    const data = yield* ask(async (client, signal) =>
      all ? Array.fromAsync(client.listAll(filter, { signal })) : (await client.list(filter, { signal })).data
    )
    if (json) return yield* printed(data)
    if (data.length === 0) return yield* Console.error("No job matches.")
    yield* print(
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
    ...(job.prompt?.choices ? [["choices", job.prompt.choices.join(", ")]] : []),
    ...(job.error ? [["error", `${job.error.code}: ${job.error.message}`]] : []),
    ...(job.error?.hint ? [["hint", job.error.hint]] : []),
    ...(job.result === undefined ? [] : [["result", JSON.stringify(job.result)]])
  ])

const show = Command.make(
  "show",
  { id, json },
  Effect.fnUntraced(function* ({ id, json }) {
    const job = yield* ask((client, signal) => client.get(id, { signal }))
    yield* json ? printed(job) : print(summaryOf(job))
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
        : `${job.jobId} is being stopped, in the middle of what it does.`
    )
  })
).pipe(Command.withDescription("Cancel a job. One that runs is stopped at once, in the middle of its step."))

const retry = Command.make(
  "retry",
  {
    id,
    from: Flag.String("from").pipe(
      Flag.withDescription("checkpoint keeps finished steps, start (as with --input) none; or the name of a step."),
      Flag.optional
    ),
    input: inputFlag("Another input for it.").pipe(Flag.optional)
  },
  Effect.fnUntraced(function* ({ from, id, input }) {
    const job = yield* ask((client, signal) =>
      client.retry(id, {
        signal,
        ...(Option.isSome(from) && { from: from.value }),
        ...(Option.isSome(input) && { input: input.value })
      })
    )
    yield* Console.error(`${job.jobId} runs again.`)
  })
).pipe(Command.withDescription("Run a failed or cancelled job again."))

export const jobs = Command.make("jobs").pipe(
  Command.withDescription("Work with jobs of a running server."),
  Command.withSubcommands([list, show, cancel, retry, answer, logs])
)
