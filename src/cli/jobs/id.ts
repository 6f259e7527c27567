/** Which job a command is about. */
import { Argument } from "effect/cli"

export const id = Argument.String("id").pipe(
  Argument.withDescription("The id of the job: JOB_20261122_104500_1A2B3C4D.")
)
