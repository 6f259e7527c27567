/** What a job keeps of a finished step, so that a later attempt does not do it again. */
import { Schema } from "effect"
import { Time } from "./Job.ts"

/** Its output stays inside: it may hold what the script read with a person's password. */
export const Checkpoint = Schema.Struct({
  /** Of the step. */
  name: Schema.String,
  attempt: Schema.Int,
  createdAt: Time
}).annotate({ identifier: "Checkpoint" })
export type Checkpoint = typeof Checkpoint.Type
