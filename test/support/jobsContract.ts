/** What callers may expect of `Jobs`, whoever provides it: the database, and the fakes that other tests answer from. */
import { expect } from "bun:test"
import { Effect } from "effect"
import type { JobRef } from "../../src/domain/JobId.ts"
import { Jobs } from "../../src/domain/Jobs.ts"

/** Of the type `greet`. */
const request = { jobType: "greet", input: { name: "Ada" } }

const NOBODY = "018f0000-0000-7000-8000-00000000dead" as JobRef

export const jobsContract: ReadonlyArray<readonly [name: string, body: Effect.Effect<void, unknown, Jobs>]> = [
  [
    "names the live job that holds the dedupe key of one that is retried, until that has ended",
    Effect.gen(function* () {
      const jobs = yield* Jobs
      const keyed = { ...request, dedupeKey: "menu" }
      const { job: ended } = yield* jobs.create(keyed)
      yield* jobs.cancel(ended.id)
      const { job: live } = yield* jobs.create(keyed)

      const refused = yield* Effect.flip(jobs.retry(ended.id, {}))

      expect(live.id).not.toBe(ended.id)
      expect(refused).toMatchObject({ _tag: "DedupeKeyTaken", jobId: live.jobId, dedupeKey: "menu" })
      expect((yield* jobs.get(ended.id)).status).toBe("cancelled")
      yield* jobs.cancel(live.id)
      expect((yield* jobs.retry(ended.id, {})).status).toBe("pending")
      expect(yield* jobs.create(keyed)).toMatchObject({ deduplicated: true, job: { id: ended.id } })
    })
  ],
  [
    "refuses what the status of a job forbids, and says which it is",
    Effect.gen(function* () {
      const jobs = yield* Jobs
      const { job } = yield* jobs.create(request)

      const early = [yield* Effect.flip(jobs.retry(job.id, {})), yield* Effect.flip(jobs.remove(job.id))]
      yield* jobs.cancel(job.id)
      const late = yield* Effect.flip(jobs.cancel(job.jobId))

      for (const [index, action] of (["retry", "remove"] as const).entries()) {
        expect(early[index]).toMatchObject({ _tag: "JobConflict", jobId: job.jobId, status: "pending", action })
      }
      expect(late).toMatchObject({ _tag: "JobConflict", jobId: job.jobId, status: "cancelled", action: "cancel" })
    })
  ],
  [
    "gives the same key the same job, and refuses another request with it",
    Effect.gen(function* () {
      const jobs = yield* Jobs
      const ask = (name: string) => jobs.create({ ...request, input: { name } }, { idempotencyKey: "order-1" })
      const { job } = yield* ask("Ada")

      expect(yield* ask("Ada")).toMatchObject({ replayed: true, job: { id: job.id } })
      expect(yield* Effect.flip(ask("Grace"))).toMatchObject({ _tag: "IdempotencyMismatch", key: "order-1" })
    })
  ],
  [
    "names what is not there",
    Effect.gen(function* () {
      const jobs = yield* Jobs
      const { job } = yield* jobs.create(request)
      yield* jobs.cancel(job.id)
      const tags = yield* Effect.forEach(
        [
          jobs.get(NOBODY),
          jobs.cancel(NOBODY),
          jobs.create({ ...request, jobType: "nothing" }),
          jobs.create({ ...request, dependsOn: [NOBODY] }),
          jobs.retry(job.id, { from: "nothing" })
        ],
        (refused) => Effect.map(Effect.flip<unknown, unknown, never>(refused), (error) => error)
      )

      expect(tags).toMatchObject([
        { _tag: "JobNotFound", ref: NOBODY },
        { _tag: "JobNotFound", ref: NOBODY },
        { _tag: "UnknownJobType", jobType: "nothing" },
        { _tag: "UnknownDependency", refs: [NOBODY] },
        { _tag: "UnknownStep", step: "nothing" }
      ])
    })
  ]
]
