/** The contracts that HTTP answers from, in memory: jobs that tests put in and change. */
import { Context, Effect, Latch, Layer, Option, PubSub, Stream } from "effect"
import type { Job } from "../../src/domain/Job.ts"
import { type JobChange, JobChanges } from "../../src/domain/JobChanges.ts"
import type { JobRef } from "../../src/domain/JobId.ts"
import { InvalidCursor, type JobFilter, JobReports, type PageRequest } from "../../src/domain/JobReports.ts"
import { JobSchedules } from "../../src/domain/JobSchedules.ts"
import { canCancel, canRetry } from "../../src/domain/JobStatus.ts"
import {
  type CreateJob,
  type CreateOptions,
  IdempotencyMismatch,
  JobConflict,
  JobNotFound,
  Jobs,
  type JobsUnavailable,
  type RetryFrom
} from "../../src/domain/Jobs.ts"
import { JobTypes, UnknownJobType } from "../../src/domain/JobType.ts"
import { Readiness, type ReadinessReport } from "../../src/domain/Readiness.ts"
import { HttpClosing } from "../../src/http/HttpClosing.ts"

import { aJob, aLine, anAttempt, aStep, greet } from "./builders.ts"
import { makeFakeSchedules } from "./fakeSchedules.ts"

const makeWorld = Effect.gen(function* () {
  const jobs = new Map<string, Job>()
  const requests: Array<{ readonly request: CreateJob; readonly options: CreateOptions | undefined }> = []
  const lists: Array<{ readonly filter: JobFilter; readonly page: PageRequest }> = []
  const retries: Array<RetryFrom> = []
  const logPages: Array<{ readonly after?: number; readonly limit: number }> = []
  const readiness: { report: ReadinessReport } = { report: { ready: true, checks: { database: "ok" } } }
  const keys = new Map<string, { readonly body: string; readonly job: Job }>()
  /** `after` runs between a read of a job and what its reader does next. */
  const reads = {
    count: 0,
    after: (_count: number): Effect.Effect<unknown> => Effect.void,
    /** What every read fails with. */
    fails: undefined as JobsUnavailable | undefined
  }
  const hub = yield* PubSub.unbounded<JobChange>()
  const types = JobTypes.from([greet])

  const find = (ref: JobRef) => [...jobs.values()].find((job) => job.id === ref || job.jobId === ref)
  const get = (ref: JobRef) =>
    Effect.suspend((): Effect.Effect<Job, JobNotFound | JobsUnavailable> => {
      const job = find(ref)
      if (reads.fails !== undefined) return Effect.fail(reads.fails)
      if (job === undefined) return Effect.fail(new JobNotFound({ ref }))
      reads.count += 1
      return Effect.as(reads.after(reads.count), job)
    })
  const put = (job: Job) => {
    jobs.set(job.id, job)
    return job
  }
  /** Changes a job and says so, as the database does. */
  const change = (job: Job, fields: Partial<Job>) =>
    Effect.gen(function* () {
      const changed = put({ ...job, ...fields, revision: (find(job.id)?.revision ?? 0) + 1 })
      yield* PubSub.publish(hub, {
        _tag: "Changed",
        id: job.id,
        revision: changed.revision,
        lane: job.lane,
        cancelRequested: false
      })
      return changed
    })

  const jobsFake = Jobs.of({
    get,
    create: (request, options) =>
      Effect.gen(function* () {
        requests.push({ request, options })
        const type = Option.getOrUndefined(types.find(request.jobType))
        if (type === undefined) return yield* new UnknownJobType({ jobType: request.jobType, known: ["greet"] })
        const input = yield* type.parseInput(request.input)
        const key = options?.idempotencyKey
        const body = JSON.stringify(request)
        const earlier = key === undefined ? undefined : keys.get(key)
        if (earlier && earlier.body !== body) return yield* new IdempotencyMismatch({ key: key! })
        if (earlier) return { job: earlier.job, replayed: true }
        const job = put(aJob({ jobType: request.jobType, input }))
        if (key !== undefined) keys.set(key, { body, job })
        return { job, replayed: false }
      }),
    cancel: (ref) =>
      Effect.gen(function* () {
        const job = yield* get(ref)
        if (!canCancel(job.status))
          return yield* new JobConflict({ jobId: job.jobId, status: job.status, action: "cancel" })
        return job.status === "pending"
          ? yield* change(job, { status: "cancelled" })
          : yield* change(job, { cancelRequestedAt: job.createdAt })
      }),
    retry: (ref, from) =>
      Effect.gen(function* () {
        const job = yield* get(ref)
        if (!canRetry(job.status))
          return yield* new JobConflict({ jobId: job.jobId, status: job.status, action: "retry" })
        retries.push(from)
        return yield* change(job, { status: "pending" })
      })
  })

  /** Open while somebody listens for changes. */
  const listening = yield* Latch.make(false)
  const deaf = yield* Latch.make(false)
  const changes = Effect.acquireRelease(
    PubSub.subscribe(hub).pipe(Effect.tap(() => listening.open)),
    () => deaf.open
  ).pipe(
    Effect.map((news) => Stream.concat(Stream.succeed<JobChange>({ _tag: "Gap" }), Stream.fromSubscription(news))),
    Stream.unwrap
  )

  return {
    schedules: makeFakeSchedules(types),
    jobs: jobsFake,
    changes,
    listening,
    deaf,
    types,
    hub,
    put,
    change,
    requests,
    lists,
    retries,
    logPages,
    reads,
    readiness
  }
})

export type World = Effect.Success<typeof makeWorld>

/** The fakes of one test, and the services that a handler needs, made from them. */
export const makeFakes = Effect.gen(function* () {
  const world = yield* makeWorld
  const services = yield* Layer.build(
    Layer.mergeAll(
      Layer.succeed(Jobs, world.jobs),
      Layer.succeed(JobTypes, world.types),
      Layer.succeed(JobSchedules, world.schedules.contract),
      Layer.succeed(JobChanges, { changes: world.changes }),
      Layer.mock(JobReports, {
        list: (filter, page) =>
          Effect.suspend(() => {
            world.lists.push({ filter, page })
            return page.cursor === "bad" ? new InvalidCursor() : Effect.succeed({ jobs: [], nextCursor: "next" })
          }),
        history: (ref) => Effect.as(world.jobs.get(ref), { attempts: [anAttempt], steps: [aStep] }),
        logs: (ref, page) =>
          Effect.map(world.jobs.get(ref), () => {
            world.logPages.push(page)
            return [aLine]
          })
      }),
      Layer.succeed(Readiness, { check: Effect.sync(() => world.readiness.report) }),
      HttpClosing.layer
    )
  )
  const beginClosing = Context.get(services, HttpClosing).begin
  return { ...world, services, beginClosing }
})
