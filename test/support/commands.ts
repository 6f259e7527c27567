/** Runs real commands as a worker of its own would, and tells which of their processes still live. */
import { Context, Effect, Layer, Redacted } from "effect"
import { type Command, type CommandLine, Commands } from "../../src/domain/Commands.ts"
import * as CommandProcesses from "../../src/runtime/CommandProcesses.ts"
import { findMarked } from "../../src/runtime/ProcessSweep.ts"

/** `sh -c script`, with what a test wants otherwise. */
export const shell = (script: string, rest: Partial<Command> = {}): Command => ({
  program: "sh",
  args: ["-c", script],
  ...rest
})

export const withStdin = (text: string) => ({ stdin: Redacted.make(text) })

/** What runs commands, until the scope of the test closes. */
export const openCommands = Effect.gen(function* () {
  const worker = { name: `test-${crypto.randomUUID()}`, bootId: "boot" }
  const commands = Context.get(yield* Layer.build(CommandProcesses.layer(worker)), Commands)
  /** Runs to the end and gives how it ended and what it said. */
  const run = (command: Command) =>
    Effect.gen(function* () {
      const lines: Array<CommandLine> = []
      const end = yield* commands.run(command, (line) => Effect.sync(() => lines.push(line)))
      const said = (from: CommandLine["from"]) => lines.filter((line) => line.from === from).map(({ text }) => text)
      return { end, lines, stdout: said("stdout"), stderr: said("stderr") }
    })
  return { commands, run, worker, alive: Effect.map(findMarked(worker.name), (found) => found.length) }
})
