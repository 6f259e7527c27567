/** Callers' contract on PostgreSQL. Each method is one statement, or one short transaction. */
import { Effect, Layer, Option } from "effect"
import { SqlClient } from "effect/sql"
import { CurrentCaller } from "../../domain/Caller.ts"
import type { Job } from "../../domain/Job.ts"
import type { JobRef } from "../../domain/JobId.ts"
import { canCancel, canRetry, isTerminal } from "../../domain/JobStatus.ts"
import { JobConflict, JobNotFound, Jobs, type JobsUnavailable } from "../../domain/Jobs.ts"
import { NotAllowed } from "../../domain/NotAllowed.ts"
import { makeAnswer } from "./answerPrompt.ts"
import { makeApplyToMany } from "./applyToMany.ts"
import { forCallers, makeCallers } from "./asCaller.ts"
import { answered } from "./callFailures.ts"
import { makeCreateBatch } from "./createBatch.ts"
import { makeCreate } from "./createJobs.ts"
import { makeJobReader } from "./JobReader.ts"
import { matches } from "./jobFilters.ts"
import { makeMadeWith } from "./lastingKeys.ts"
import { makeRetry } from "./retryJob.ts"
import { makeSharedReads } from "./sharedReads.ts"

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const reader = yield* makeJobReader
  const callers = yield* makeCallers
  const creation = yield* makeCreate
  const createBatch = yield* makeCreateBatch(creation)
  const applyToMany = yield* makeApplyToMany
  const madeWith = yield* makeMadeWith

  const shared = yield* makeSharedReads<ReadonlyArray<Job>, JobsUnavailable>("get")

  const get = Effect.fn("Jobs.get")(function* (ref: JobRef) {
    const found = Effect.flatMap(
      callers.direct,
      Option.match({
        onNone: () => reader.select(sql`WHERE ${matches(sql, ref)}`),
        onSome: (who) => reader.find(who, ref)
      })
    )
    const jobs = yield* shared(ref, answered("get")(found))
    return jobs[0] ?? (yield* new JobNotFound({ ref }))
  })

  /** A policy passes over a row that its caller may see, but not change. */
  const allows: Record<JobConflict["action"], (job: Job) => boolean> = {
    cancel: (job) => canCancel(job.status),
    retry: (job) => canRetry(job.status),
    remove: (job) => isTerminal(job.status)
  }

  /**
   * Zero rows mean that the job is gone, that its status forbids the action, or that the caller's role does: say which. A
   * job that allows it by now may have changed since, so the write is tried again before the role is blamed.
   */
  const written = <A, E>(
    ref: JobRef,
    action: JobConflict["action"],
    write: Effect.Effect<ReadonlyArray<A>, E>,
    triesLeft = 3
  ): Effect.Effect<A, E | JobConflict | JobNotFound | NotAllowed | JobsUnavailable> =>
    Effect.gen(function* () {
      const [first] = yield* write
      if (first !== undefined) return first
      const job = yield* get(ref)
      const isCalled = Option.isSome(yield* CurrentCaller)
      if (!isCalled || !allows[action](job)) {
        return yield* new JobConflict({ jobId: job.jobId, status: job.status, action })
      }
      if (triesLeft === 0) return yield* new NotAllowed({ operation: action })
      return yield* written(ref, action, write, triesLeft - 1)
    })

  const retry = yield* makeRetry({ get, written })
  const answer = yield* makeAnswer(get)

  const cancel = Effect.fn("Jobs.cancel")(function* (ref: JobRef) {
    const cancelled = reader
      .write(
        sql`
        UPDATE script_jobs SET
          cancel_requested_at = coalesce(cancel_requested_at, now()),
          status = CASE WHEN status = 'pending' THEN 'cancelled' ELSE status END
        WHERE ${matches(sql, ref)} AND status IN ('pending', 'in_progress')
        RETURNING *`
      )
      .pipe(answered("cancel"))
    return yield* written(ref, "cancel", cancelled)
  })

  const remove = Effect.fn("Jobs.remove")(function* (ref: JobRef) {
    const removed = sql`
      DELETE FROM script_jobs WHERE ${matches(sql, ref)} AND status IN ('completed', 'failed', 'cancelled')
      RETURNING id`.pipe(answered("remove"))
    yield* written(ref, "remove", removed)
  })

  const calls = { create: creation.create, createBatch, madeWith, get, cancel, retry, answer, remove, applyToMany }
  // The most frequent calls take role and claims with their statement, and those that write rows of several callers at
  // once take them where they write.
  return Jobs.of(forCallers(callers, calls, ["create", "createBatch", "get"]))
})

export const layer = Layer.effect(Jobs, make)
