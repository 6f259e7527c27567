/** Whether somebody may hear of a job: asked here too, whatever the store lets through. */
import { Effect, Option } from "effect"
import { type Caller, CurrentCaller } from "../../domain/Caller.ts"
import type { Job } from "../../domain/Job.ts"
import type { JobRef } from "../../domain/JobId.ts"
import { JobNotFound, Jobs } from "../../domain/Jobs.ts"

export const isOwn = (caller: Option.Option<Caller>, { organisationId }: Job): boolean =>
  Option.isNone(caller) || caller.value.organisationId === organisationId

/** A job of the caller's organisation; others do not exist. */
export const getOwn = Effect.fnUntraced(function* (ref: JobRef) {
  const job = yield* (yield* Jobs).get(ref)
  return isOwn(yield* CurrentCaller, job) ? job : yield* new JobNotFound({ ref })
})
