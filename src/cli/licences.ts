/** `callboard licences`: the licences of all that the one-file program is made of. */
import { readFileSync } from "node:fs"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { carried, carriedPath, LICENCES } from "../runtime/carried/Carried.ts"
import { print } from "./printing.ts"
import { Refused } from "./Refused.ts"

export const licences = Command.make("licences", {}, () =>
  carried === undefined
    ? Effect.fail(new Refused({ message: "Packages have their licences with them: see node_modules." }))
    : Effect.flatMap(
        Effect.sync(() => readFileSync(carriedPath(LICENCES), "utf8")),
        (text) => print(text)
      )
).pipe(Command.withDescription("Print the licences of what is inside the one-file program."))
