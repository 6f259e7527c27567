/** `callboard jobs logs`: what a job wrote down, to the end of the job where that is wanted. */
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { hasEnded, type LogLine } from "../../client/wire.ts"
import { print, printedLine, visible, visibleLines } from "../printing.ts"
import { ask, makePatientAsk } from "../theServer.ts"
import { id } from "./id.ts"

const LINES_AT_ONCE = 200

const LOOK_EVERY = "1 second"

const lineOf = ({ at, attempt, level, message, step }: LogLine): string =>
  [
    at,
    `#${attempt}`,
    level.padEnd(5),
    ...(step === undefined ? [] : [`[${visible(step)}]`]),
    visibleLines(message)
  ].join(" ")

export const logs = Command.make(
  "logs",
  {
    id,
    follow: Flag.Boolean("follow").pipe(
      Flag.withAlias("f"),
      Flag.withDescription("Go on until the job has ended."),
      Flag.withDefault(false)
    ),
    json: Flag.Boolean("json").pipe(
      Flag.withDescription("Print each line as JSON, as the API gives it."),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function* ({ follow, id, json }) {
    const { patientAsk } = makePatientAsk()
    // Who asks a server that is not there wants to hear it; later it is a restart.
    let askNow: typeof ask = ask
    let after = 0
    for (;;) {
      // Before the lines, so that the last lines of a job that ends meanwhile are read once more.
      const ended = !follow || hasEnded((yield* askNow((client, signal) => client.status(id, { signal }))).status)
      if (follow) askNow = patientAsk
      const lines = yield* askNow((client, signal) => client.logs(id, { signal, after, limit: LINES_AT_ONCE }))
      for (const line of lines) yield* json ? printedLine(line) : print(lineOf(line))
      after = lines.at(-1)?.id ?? after
      if (lines.length === LINES_AT_ONCE) continue
      if (ended) return
      yield* Effect.sleep(LOOK_EVERY)
    }
  })
).pipe(Command.withDescription("Print what a job wrote down."))
