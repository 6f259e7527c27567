/** Asks a person something while a script runs: a one-time code, a text, a choice, a yes or no. */
import { Context, type Duration, type Effect, type Redacted } from "effect"
import type { JobError } from "./JobError.ts"

interface Asking {
  /** The question as people read it: "Code from the text message". */
  readonly label: string
  /** Where the answer is found: "Sent to the owner's phone, ends in 42". */
  readonly hint?: string
  /** How long the script waits for the answer. Default: 10 minutes. */
  readonly timeout?: Duration.Input
}

export type Prompt =
  | (Asking & { readonly kind: "otp" | "text" | "confirm" })
  | (Asking & { readonly kind: "choice"; readonly choices: ReadonlyArray<string> })

/** A code and a text may be secret, so they stay wrapped; a choice is one of the offered ones. */
export type Answer<Kind extends Prompt["kind"]> = Kind extends "confirm"
  ? boolean
  : Kind extends "choice"
    ? string
    : Redacted.Redacted<string>

export interface OperatorApi {
  /** Waits for one person's answer. Fails with OPERATOR_INPUT_TIMEOUT (fatal) when none comes in time. */
  readonly prompt: <const P extends Prompt>(prompt: P) => Effect.Effect<Answer<P["kind"]>, JobError>
}

export class Operator extends Context.Service<Operator, OperatorApi>()("callboard/domain/Operator") {}
