/** The contracts that HTTP answers from, in memory: jobs that tests put in and change. */
import { Context, DateTime, Effect, Latch, Layer, Option, PubSub, Stream } from "effect"
import { AiCalls } from "../../src/domain/AiCalls.ts"
import { BulkJobs, type BulkRequest } from "../../src/domain/BulkJobs.ts"
import type { Job } from "../../src/domain/Job.ts"
import { type JobChange, JobChanges } from "../../src/domain/JobChanges.ts"
import type { JobFilter } from "../../src/domain/JobFilter.ts"
import type { JobRef } from "../../src/domain/JobId.ts"
import type { PromptRecord } from "../../src/domain/JobPrompt.ts"
import { BatchNotFound, InvalidCursor, JobReports, type PageRequest } from "../../src/domain/JobReports.ts"
import { JobSchedules } from "../../src/domain/JobSchedules.ts"
import { canCancel, canRetry, isTerminal } from "../../src/domain/JobStatus.ts"
import {
  BatchRefused,
  type CreateJob,
  type CreateOptions,
  DedupeKeyTaken,
  IdempotencyMismatch,
  JobConflict,
  JobNotFound,
  Jobs,
  type JobsUnavailable,
  type RetryPlan,
  UnknownDependency,
  UnknownStep
} from "../../src/domain/Jobs.ts"
import { JobTypes, UnknownJobType } from "../../src/domain/JobType.ts"
import { Lanes } from "../../src/domain/Lanes.ts"
import { LiveView } from "../../src/domain/LiveView.ts"
import { Readiness, type ReadinessReport } from "../../src/domain/Readiness.ts"
import { Statistics } from "../../src/domain/Statistics.ts"
import { Cleanup } from "../../src/domain/Upkeep.ts"
import { Webhooks } from "../../src/domain/Webhooks.ts"
import { HttpClosing } from "../../src/http/HttpClosing.ts"
import { JobsFeeds } from "../../src/http/streams/JobsFeeds.ts"
import { JobWatches } from "../../src/http/streams/JobWatches.ts"
import { StreamPlaces } from "../../src/http/streams/StreamPlaces.ts"
import { answerInMemory } from "../support/answerInMemory.ts"
import { FakeArtifacts } from "../support/FakeArtifacts.ts"
import { noBoard } from "../support/FakeBoard.ts"
import { FakeUploads } from "../support/FakeUploads.ts"
import {
  aFailureGroup,
  aJob,
  aLine,
  anAiCall,
  anAiUse,
  anAttempt,
  aReport,
  aStep,
  CREATED_AT,
  greet
} from "./builders.ts"
import { makeFakeIdentity } from "./fakeIdentity.ts"
import { fakeLanes } from "./fakeLanes.ts"
import { makeFakeSchedules } from "./fakeSchedules.ts"
import { makeFakeWebhooks } from "./fakeWebhooks.ts"

/** The one batch that exists. */
export const BATCH_ID = "018f0000-0000-7000-8000-00000000ba7c"

const makeWorld = Effect.gen(function* () {
  const jobs = new Map<string, Job>()
  const requests: Array<{ readonly request: CreateJob; readonly options: CreateOptions | undefined }> = []
  const lists: Array<{ readonly filter: JobFilter; readonly page: PageRequest }> = []
  const retries: Array<RetryPlan> = []
  const prompts: Array<PromptRecord> = []
  const answers: Array<string | boolean> = []
  const batches: Array<ReadonlyArray<CreateJob>> = []
  const bulks: Array<{ readonly request: BulkRequest; readonly options: CreateOptions | undefined }> = []
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
  const liveWith = (key: string | undefined) =>
    [...jobs.values()].find((job) => key !== undefined && job.dedupeKey === key && !isTerminal(job.status))
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
    madeWith: (key) => Effect.sync(() => Option.fromUndefinedOr(keys.get(key)?.job)),
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
        if (earlier) return { job: earlier.job, replayed: true, deduplicated: false }
        const { concurrencyKey, dedupeKey, dependsOn = [] } = request
        const live = liveWith(dedupeKey)
        if (live) return { job: live, replayed: false, deduplicated: true }
        const missing = dependsOn.filter((ref) => find(ref as JobRef) === undefined)
        if (missing.length > 0) return yield* new UnknownDependency({ refs: missing })
        const keysOfJob = { ...(concurrencyKey && { concurrencyKey }), ...(dedupeKey && { dedupeKey }) }
        const job = put(aJob({ jobType: request.jobType, input, ...keysOfJob }))
        if (key !== undefined) keys.set(key, { body, job })
        return { job, replayed: false, deduplicated: false }
      }),
    createBatch: (wanted, options) =>
      Effect.gen(function* () {
        batches.push(wanted)
        if (options?.idempotencyKey === "taken") return yield* new IdempotencyMismatch({ key: "taken" })
        if (options?.idempotencyKey === "held") return yield* new IdempotencyMismatch({ key: "held", inFlight: true })
        const wrong = wanted.findIndex(({ jobType }) => jobType !== "greet")
        const issue = { path: `jobs[${wrong}].jobType`, message: "Use one of: greet." }
        if (wrong >= 0) return yield* new BatchRefused({ issues: [issue] })
        const made = wanted.map(({ clientRef, input }) =>
          put(aJob({ input, batchId: BATCH_ID, ...(clientRef !== undefined && { clientRef }) }))
        )
        return { batchId: BATCH_ID, jobs: made, replayed: options?.idempotencyKey === "again" }
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
    retry: (ref, plan) =>
      Effect.gen(function* () {
        const job = yield* get(ref)
        if (!canRetry(job.status))
          return yield* new JobConflict({ jobId: job.jobId, status: job.status, action: "retry" })
        const { from = "checkpoint", input } = plan
        if (!["checkpoint", "start", "say"].includes(from))
          return yield* new UnknownStep({ step: from, known: ["say"] })
        if (input !== undefined) yield* greet.parseInput(input)
        const live = liveWith(job.dedupeKey)
        if (live) return yield* new DedupeKeyTaken({ jobId: live.jobId, dedupeKey: job.dedupeKey! })
        retries.push(plan)
        return yield* change(job, { status: "pending" })
      }),
    answer: (ref, answering) =>
      Effect.gen(function* () {
        const found = yield* get(ref)
        const { answer, job, record } = yield* answerInMemory(found, prompts, answering, Date.parse(CREATED_AT))
        prompts.push(record)
        answers.push(answer)
        return yield* change(job, {})
      }),
    remove: (ref) =>
      Effect.gen(function* () {
        const job = yield* get(ref)
        if (!isTerminal(job.status))
          return yield* new JobConflict({ jobId: job.jobId, status: job.status, action: "remove" })
        jobs.delete(job.id)
      }),
    applyToMany: () => Effect.die("the API leaves this to a job")
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

  const deprecatedUses: Array<string> = []
  const statistics = Statistics.of({
    read: Effect.succeed(aReport),
    countDeprecatedUse: (endpoint) => Effect.sync(() => void deprecatedUses.push(endpoint))
  })

  return {
    statistics,
    deprecatedUses,
    schedules: makeFakeSchedules(types),
    webhooks: makeFakeWebhooks(),
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
    prompts,
    answers,
    batches,
    bulks,
    logPages,
    reads,
    readiness
  }
})

/** The fakes of one test, and the services that a handler needs, made from them. */
export const makeFakes = Effect.gen(function* () {
  const world = yield* makeWorld
  const artifacts = new FakeArtifacts()
  const identity = makeFakeIdentity()
  const uploads = new FakeUploads()
  const services = yield* Layer.build(
    Layer.mergeAll(
      artifacts.layer,
      identity.layer,
      Layer.succeed(AiCalls, {
        begin: () => Effect.succeed(true),
        end: () => Effect.void,
        use: (ref) => Effect.as(world.jobs.get(ref), anAiUse),
        list: (ref) => Effect.as(world.jobs.get(ref), [anAiCall])
      }),
      noBoard,
      Layer.succeed(Jobs, world.jobs),
      Layer.succeed(JobTypes, world.types),
      Layer.succeed(JobSchedules, world.schedules.contract),
      Layer.succeed(Webhooks, world.webhooks.contract),
      Layer.succeed(JobChanges, { changes: world.changes }),
      Layer.mock(JobReports, {
        list: (filter, page) =>
          Effect.suspend(() => {
            world.lists.push({ filter, page })
            return page.cursor === "bad" ? new InvalidCursor() : Effect.succeed({ jobs: [], nextCursor: "next" })
          }),
        history: (ref) => Effect.as(world.jobs.get(ref), { attempts: [anAttempt], steps: [aStep], prompts: [] }),
        logs: (ref, page) =>
          Effect.map(world.jobs.get(ref), () => {
            world.logPages.push(page)
            return [aLine]
          }),
        checkpoints: (ref) =>
          Effect.as(world.jobs.get(ref), [{ name: "say", attempt: 1, createdAt: DateTime.makeUnsafe(CREATED_AT) }]),
        batch: (batchId) =>
          batchId === BATCH_ID
            ? Effect.succeed({
                batchId,
                total: 4,
                percent: 50,
                counts: { pending: 1, in_progress: 1, completed: 1, failed: 1, cancelled: 0 }
              })
            : Effect.fail(new BatchNotFound({ batchId })),
        failures: Effect.succeed([aFailureGroup])
      }),
      Layer.succeed(Statistics, world.statistics),
      Layer.mock(LiveView, {}),
      uploads.layer,
      Layer.succeed(Lanes, fakeLanes(world.types.all.map(({ name }) => name))),
      Layer.succeed(BulkJobs, {
        start: (request, options) =>
          Effect.sync(() => {
            const key = options?.idempotencyKey
            const replayed = key !== undefined && world.bulks.some((bulk) => bulk.options?.idempotencyKey === key)
            world.bulks.push({ request, options })
            return { job: world.put(aJob({ jobType: "bulk" })), replayed }
          })
      }),
      Layer.succeed(Cleanup, {
        run: Effect.succeed({ rescued: 1, expired: 2, timedOut: 0, removed: 30, scheduled: 0 })
      }),
      Layer.succeed(Readiness, { check: Effect.sync(() => world.readiness.report) }),
      HttpClosing.layer,
      StreamPlaces.layer
    ).pipe((fakes) => Layer.provideMerge(Layer.merge(JobsFeeds.layer, JobWatches.layer), fakes))
  )
  const beginClosing = Context.get(services, HttpClosing).begin
  return { ...world, artifacts, identity, uploads, services, beginClosing }
})
