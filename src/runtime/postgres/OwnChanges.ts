/** What this process changes itself is the cheapest proof that notifications come: each change must come back as one. */
import { Context, Effect, Layer } from "effect"
import { JobQueue } from "../../domain/JobQueue.ts"
import { Jobs } from "../../domain/Jobs.ts"

export class OwnChanges extends Context.Service<
  OwnChanges,
  {
    /** A job was changed here, just now. */
    readonly made: Effect.Effect<void>
  }
>()("callboard/runtime/OwnChanges") {}

/** A queue that tells when it claimed. */
export const tellingQueue = Layer.effect(
  JobQueue,
  Effect.gen(function* () {
    const queue = yield* JobQueue
    const { made } = yield* OwnChanges
    return JobQueue.of({
      ...queue,
      claim: (lane, limit) => Effect.tap(queue.claim(lane, limit), (claims) => (claims.length > 0 ? made : Effect.void))
    })
  })
)

/** Calls that tell when they changed a job. */
export const tellingJobs = Layer.effect(
  Jobs,
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const { made } = yield* OwnChanges
    return Jobs.of({
      ...jobs,
      create: (request, options) =>
        Effect.tap(jobs.create(request, options), ({ replayed }) => (replayed ? Effect.void : made)),
      cancel: (ref) => Effect.tap(jobs.cancel(ref), () => made),
      retry: (ref, plan) => Effect.tap(jobs.retry(ref, plan), () => made),
      answer: (ref, answering) => Effect.tap(jobs.answer(ref, answering), () => made)
    })
  })
)
