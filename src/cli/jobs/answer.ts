/** `callboard jobs answer`: gives a job what it asks a person for. */
import { Console, Effect } from "effect"
import { Argument, Command } from "effect/cli"
import type { Prompt } from "../../client/wire.ts"
import { standardInput } from "../input.ts"
import { visible } from "../printing.ts"
import { Refused } from "../Refused.ts"
import { ask } from "../theServer.ts"
import { id } from "./id.ts"

const WORDS: Readonly<Record<string, boolean>> = { yes: true, true: true, no: false, false: false }

const said = ({ kind, label }: Prompt, given: string) => {
  if (kind !== "confirm") return Effect.succeed(given)
  const answer = WORDS[given.toLowerCase()]
  return answer === undefined
    ? Effect.fail(new Refused({ message: `Answer yes or no: ${visible(label)}` }))
    : Effect.succeed(answer)
}

export const answer = Command.make(
  "answer",
  {
    id,
    value: Argument.String("answer").pipe(
      Argument.withDescription(
        "yes or no where it asks for that. - reads it from standard input: secrets belong there."
      )
    )
  },
  Effect.fnUntraced(function* ({ id, value }) {
    const { jobId, prompt } = yield* ask((client, signal) => client.get(id, { signal }))
    if (prompt === undefined) return yield* new Refused({ message: `${jobId} asks nothing now.` })
    const given = value === "-" ? standardInput().replace(/\r?\n$/u, "") : value
    const answered = yield* said(prompt, given)
    yield* ask((client, signal) => client.answer(id, prompt.id, answered, { signal }))
    yield* Console.error(`${jobId} has its answer.`)
  })
).pipe(Command.withDescription("Answer what a job asks, as jobs show prints it."))
