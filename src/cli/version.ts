/** `callboard version`: which Callboard this is. */
import { Command } from "effect/cli"
import manifest from "../../package.json" with { type: "json" }
import { carried } from "../runtime/carried/Carried.ts"
import { print } from "./printing.ts"

const PROGRAM_NAMES = { chromium: "Chromium", postgresql: "PostgreSQL" } as const

const lines = (): ReadonlyArray<string> => [
  `callboard ${manifest.version}${carried?.commit === undefined ? "" : ` (commit ${carried.commit})`}`,
  ...(carried?.programs ?? []).flatMap(({ name, version }) =>
    name === "starter" ? [] : [`with ${PROGRAM_NAMES[name]} ${version}`]
  )
]

export const version = Command.make("version", {}, () => print(lines().join("\n"))).pipe(
  Command.withDescription("Say which Callboard this is, and what it was built from.")
)
