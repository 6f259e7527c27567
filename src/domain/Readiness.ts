/** Contract: whether this process can do its work right now, for load balancers and for the board's frame. */
import { Context, type Effect } from "effect"

export interface ReadinessReport {
  readonly ready: boolean
  /** One entry per thing that must work: `database`, `worker`. `ok`, or a sentence that says what is wrong. */
  readonly checks: Readonly<Record<string, string>>
}

export class Readiness extends Context.Service<Readiness, { readonly check: Effect.Effect<ReadinessReport> }>()(
  "callboard/domain/Readiness"
) {}
