/** `callboard types`: what a running server can do. */
import { Effect, Option } from "effect"
import { Argument, Command } from "effect/cli"
import { json, print, printed, table } from "./printing.ts"
import { Refused } from "./Refused.ts"
import { ask } from "./theServer.ts"

export const types = Command.make(
  "types",
  {
    name: Argument.String("name").pipe(
      Argument.withDescription("One type: its input schema and an example are printed."),
      Argument.optional
    ),
    json
  },
  Effect.fnUntraced(function* ({ json, name }) {
    const all = yield* ask((client, signal) => client.types({ signal }))
    if (Option.isNone(name)) {
      if (json) return yield* printed(all)
      return yield* print(
        table(
          all.map((type) => [type.name, type.title, type.available ? "" : `not available: ${type.unavailableReason}`])
        )
      )
    }
    const type = all.find((each) => each.name === name.value)
    if (type === undefined) return yield* new Refused({ message: `There is no job type "${name.value}".` })
    yield* printed(json ? type : { input: type.inputSchema, example: type.example })
  })
).pipe(Command.withDescription("List job types, or show what one takes."))
