/**
 * Runs an existing program as part of a script. Its processes live no longer than the call: whatever ends it (success,
 * cancel, time-out, the end of Callboard) ends them too, also those that went into a session of their own.
 */
import { Context, Duration, Effect, type Redacted } from "effect"
import type { JobError } from "./JobError.ts"

export interface Command {
  /** A path, or a name that is looked up on PATH. It is started without a shell. */
  readonly program: string
  /** Every user of the machine can read them, so they must not hold secrets. */
  readonly args: ReadonlyArray<string>
  /** On top of PATH, HOME, LANG and TZ. Nothing else of Callboard's own environment is passed on. */
  readonly environment?: Readonly<Record<string, string | Redacted.Redacted<string>>>
  /** Variables of Callboard's own environment that are passed on too. */
  readonly inherit?: ReadonlyArray<string>
  readonly stdin?: Redacted.Redacted<string>
  /** Default: the working directory of Callboard. */
  readonly directory?: string
  /** Time between SIGTERM and SIGKILL. Default: half a second; never more than 3. */
  readonly killAfter?: Duration.Input
}

/** A cancelled job ends within a second; finding and killing what is left takes a part of it. */
const STANDARD_KILL_AFTER = Duration.millis(500)

/** A lease is given up 5 s before another worker may start the job, and by then the program must be gone. */
export const LONGEST_KILL_AFTER = Duration.seconds(3)

export const killAfterOf = ({ killAfter = STANDARD_KILL_AFTER }: Pick<Command, "killAfter">): Duration.Duration =>
  Duration.min(Duration.fromInputUnsafe(killAfter), LONGEST_KILL_AFTER)

export interface CommandLine {
  readonly from: "stdout" | "stderr"
  /** Without its line end and colours. Bytes that are no UTF-8 are shown as U+FFFD. */
  readonly text: string
  /** The rest of the line was longer than is kept. */
  readonly cut: boolean
}

export type CommandEnd =
  | { readonly _tag: "Exited"; readonly code: number }
  /** By somebody else: a process that Callboard ends is never looked at again. */
  | { readonly _tag: "Killed"; readonly signal: string }

export interface CommandsApi {
  /** Gives each line to `onLine` as it comes; a slow reader slows the program down. Fails when it cannot be started. */
  readonly run: (
    command: Command,
    onLine: (line: CommandLine) => Effect.Effect<void>
  ) => Effect.Effect<CommandEnd, JobError>
}

/** A reference and no service: scripts that start no program need not know of it. */
export const Commands = Context.Reference<CommandsApi>("callboard/domain/Commands", {
  defaultValue: () => ({ run: () => Effect.die(new Error("No programs can be started here.")) })
})
