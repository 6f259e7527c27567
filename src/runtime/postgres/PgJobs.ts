/** Callers' contract on PostgreSQL. Each method is one statement, or one short transaction. */
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import type { Job } from "../../domain/Job.ts"
import type { JobRef } from "../../domain/JobId.ts"
import { JobConflict, JobNotFound, Jobs } from "../../domain/Jobs.ts"
import { makeAnswer } from "./answerPrompt.ts"
import { makeApplyToMany } from "./applyToMany.ts"
import { answered } from "./callFailures.ts"
import { makeCreateBatch } from "./createBatch.ts"
import { makeCreate } from "./createJobs.ts"
import { makeJobReader } from "./JobReader.ts"
import { matches } from "./jobFilters.ts"
import { makeRetry } from "./retryJob.ts"

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const reader = yield* makeJobReader
  const creation = yield* makeCreate
  const createBatch = yield* makeCreateBatch(creation)
  const applyToMany = yield* makeApplyToMany

  const get = Effect.fn("Jobs.get")(function* (ref: JobRef) {
    const jobs = yield* reader.select(sql`WHERE ${matches(sql, ref)}`).pipe(answered("get"))
    return jobs[0] ?? (yield* new JobNotFound({ ref }))
  })

  /** Zero rows mean that the job is gone or its status forbids the action: say which. */
  const orConflict = (ref: JobRef, action: JobConflict["action"], jobs: ReadonlyArray<Job>) =>
    Effect.gen(function* () {
      if (jobs[0] !== undefined) return jobs[0]
      const job = yield* get(ref)
      return yield* new JobConflict({ jobId: job.jobId, status: job.status, action })
    })

  const retry = yield* makeRetry({ get, orConflict })
  const answer = yield* makeAnswer(get)

  const cancel = Effect.fn("Jobs.cancel")(function* (ref: JobRef) {
    const jobs = yield* reader
      .write(
        sql`
        UPDATE script_jobs SET
          cancel_requested_at = coalesce(cancel_requested_at, now()),
          status = CASE WHEN status = 'pending' THEN 'cancelled' ELSE status END
        WHERE ${matches(sql, ref)} AND status IN ('pending', 'in_progress')
        RETURNING *`
      )
      .pipe(answered("cancel"))
    return yield* orConflict(ref, "cancel", jobs)
  })

  const remove = Effect.fn("Jobs.remove")(function* (ref: JobRef) {
    const gone = yield* sql`
      DELETE FROM script_jobs WHERE ${matches(sql, ref)} AND status IN ('completed', 'failed', 'cancelled')
      RETURNING id`.pipe(answered("remove"))
    if (gone.length > 0) return
    const job = yield* get(ref)
    return yield* new JobConflict({ jobId: job.jobId, status: job.status, action: "remove" })
  })

  return Jobs.of({ create: creation.create, createBatch, get, cancel, retry, answer, remove, applyToMany })
})

export const layer = Layer.effect(Jobs, make)
