/** `callboard enqueue`: creates a job on a running server, and may wait for its end. */
import { Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import type { JobStatusView } from "../client/wire.ts"
import { inputFlag } from "./input.ts"
import { printed } from "./printing.ts"
import { Refused } from "./Refused.ts"
import { ask } from "./theServer.ts"

/** On standard error, so that standard output holds the result alone. */
const tell = ({ progress, status }: JobStatusView) => {
  process.stderr.write(`${status}, ${progress.percent} %${progress.stepName ? `, ${progress.stepName}` : ""}\n`)
}

export const enqueue = Command.make(
  "enqueue",
  {
    jobType: Argument.String("type").pipe(Argument.withDescription("A name that callboard types lists.")),
    input: inputFlag("What the job gets.").pipe(Flag.withDefault({})),
    priority: Flag.Int("priority").pipe(Flag.withDescription("-100 to 100; higher starts first."), Flag.withDefault(0)),
    key: Flag.String("key").pipe(
      Flag.withDescription("Idempotency key: the same key and input give the same job."),
      Flag.optional
    ),
    wait: Flag.Boolean("wait").pipe(
      Flag.withDescription("Wait until it has ended, and print its result."),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function* ({ input, jobType, key, priority, wait }) {
    const job = yield* ask((client, signal) =>
      client.create(jobType, input, { signal, priority, ...(Option.isSome(key) && { idempotencyKey: key.value }) })
    )
    if (!wait) return yield* Console.log(job.jobId)
    yield* Console.error(job.jobId)
    const ended = yield* ask((client, signal) => client.waitFor(job.id, { signal, onStatus: tell }))
    if (ended.status === "completed") return yield* printed(ended.result ?? null)
    return yield* new Refused({
      message: `${ended.jobId} ${ended.status}.${ended.error ? ` ${ended.error.code}: ${ended.error.message}` : ""}`
    })
  })
).pipe(
  Command.withDescription("Create a job on a running server, and print its id."),
  Command.withExamples([{ command: "callboard enqueue add-item-tags --input @input.json --wait" }])
)
