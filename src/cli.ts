/**
 * The command line: `bun run callboard <command>`, or the one-file program. Without a command it starts the server.
 * Nothing imports it.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { CliError, Command } from "effect/cli"
import manifest from "../package.json" with { type: "json" }
import { backup, restore } from "./cli/backup.ts"
import { makeCommandTeardown } from "./cli/commandTeardown.ts"
import { doctor } from "./cli/doctor.ts"
import { enqueue } from "./cli/enqueue.ts"
import { jobs } from "./cli/jobs.ts"
import { keys } from "./cli/keys.ts"
import { licences } from "./cli/licences.ts"
import { migrate } from "./cli/migrate.ts"
import { types } from "./cli/types.ts"
import { version } from "./cli/version.ts"
import { tellingBugs } from "./runtime/CannotStart.ts"

let serves = false

/** Loaded only to be run: other commands need no browser and no web server. */
const server = Effect.suspend(() => {
  serves = true
  return Effect.flatMap(
    Effect.promise(() => import("./main.ts")),
    (main) => main.server
  )
})

const start = Command.make("start", {}, () => server).pipe(
  Command.withDescription("Start the server: API, board and worker. Its settings come from the environment.")
)

const callboard = Command.make("callboard", {}, () => server).pipe(
  Command.withDescription("A durable job runner with a live board. Without a command it starts the server."),
  Command.withSubcommands([start, enqueue, jobs, types, keys, migrate, doctor, backup, restore, version, licences])
)

const messageOf = (error: unknown) => (error instanceof Error && error.message !== "" ? error.message : String(error))

callboard.pipe(
  Command.run({ version: manifest.version }),
  // Wrong use was told already, with the help of the command.
  Effect.tapError((error) => (CliError.isCliError(error) ? Effect.void : Console.error(messageOf(error)))),
  Effect.provide(NodeServices.layer),
  tellingBugs,
  (program) =>
    NodeRuntime.runMain(program, { teardown: makeCommandTeardown(() => serves), disableErrorReporting: true })
)
