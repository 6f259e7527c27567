/** Records how an attempt ended, whatever its script made: what the database refuses fails the job, in words of ours. */
import { Effect } from "effect"
import { toStoredError } from "../domain/JobError.ts"
import type { JobQueue, Outcome } from "../domain/JobQueue.ts"
import type { Lease } from "../domain/Lease.ts"
import { untilAnswered } from "./StoreDurably.ts"
import { canBeStored } from "./StoredSize.ts"
import { cannotBeStored } from "./settle.ts"

const refused = (what: string): Outcome => ({
  _tag: "Failed",
  error: toStoredError(cannotBeStored(what), undefined)
})
const RESULT_REFUSED = refused("The result")
const ERROR_REFUSED = refused("What the attempt failed with")

export const storable = (outcome: Outcome): Outcome =>
  outcome._tag === "Completed" && !canBeStored(outcome.result) ? RESULT_REFUSED : outcome

export const settleSurely = (queue: typeof JobQueue.Service, lease: Lease, outcome: Outcome) =>
  Effect.catchTag(untilAnswered(queue.settle(lease, outcome)), "CannotBeStored", () =>
    untilAnswered(queue.settle(lease, outcome._tag === "Completed" ? RESULT_REFUSED : ERROR_REFUSED))
  )
