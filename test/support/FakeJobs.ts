/** Jobs in memory behind the contracts that pages use: enough of them to show, start, stop and retry jobs. */
import { DateTime, Effect, Layer, Option, PubSub, Stream } from "effect"
import { AiCalls } from "../../src/domain/AiCalls.ts"
import type { LogLine } from "../../src/domain/Attempt.ts"
import type { Job } from "../../src/domain/Job.ts"
import { type JobChange, JobChanges } from "../../src/domain/JobChanges.ts"
import { JobId, type JobRef, readableJobId } from "../../src/domain/JobId.ts"
import type { JobHistory } from "../../src/domain/JobReports.ts"
import { canCancel, canRetry, isTerminal } from "../../src/domain/JobStatus.ts"
import {
  type Answering,
  BatchRefused,
  type CreateJob,
  DedupeKeyTaken,
  IdempotencyMismatch,
  JobConflict,
  JobNotFound,
  Jobs,
  type RetryPlan,
  UnknownDependency,
  UnknownStep
} from "../../src/domain/Jobs.ts"
import { type JobType, JobTypes, UnknownJobType } from "../../src/domain/JobType.ts"
import { MASK, mapSecrets } from "../../src/domain/Secret.ts"
import { Uploads } from "../../src/domain/Uploads.ts"
import { Webhooks } from "../../src/domain/Webhooks.ts"
import { showJob } from "../../src/views/ShownJob.ts"
import { answerInMemory } from "./answerInMemory.ts"
import { FakeArtifacts } from "./FakeArtifacts.ts"
import { FakeBoard } from "./FakeBoard.ts"
import { FakeInsights } from "./FakeInsights.ts"
import { fakeReports, noHistory } from "./fakeReports.ts"

export const NOW_MS = Date.parse("2026-11-24T06:00:00Z")

export const at = (ms: number) => DateTime.makeUnsafe(ms)

export class FakeJobs {
  readonly jobs = new Map<JobId, Job>()
  readonly histories = new Map<JobId, JobHistory>()
  readonly artifacts = new FakeArtifacts()
  readonly lines: Array<LogLine & { readonly job: JobId }> = []
  readonly #keys = new Map<string, { readonly body: string; readonly id: JobId }>()
  readonly #hub = Effect.runSync(PubSub.unbounded<JobChange>())

  constructor(
    readonly types: ReadonlyArray<JobType>,
    readonly now: () => number = Date.now
  ) {
    this.insights = new FakeInsights(this)
  }

  readonly insights: FakeInsights

  /** Adds a job, `ageMs` old; later ones get higher ids. */
  seed(fields: Partial<Job> = {}, ageMs = 60_000): Job {
    const number = this.jobs.size + 1
    const created = at(this.now() - ageMs)
    const job: Job = {
      id: JobId.make(`018f0000-0000-7000-8000-${String(number).padStart(12, "0")}`),
      jobId: readableJobId(created, Uint8Array.from([0, 0, number >> 8, number & 255])),
      jobType: this.types[0]?.name ?? "none",
      status: "pending",
      lane: "browser",
      priority: 0,
      input: {},
      progress: { percent: 0, totalSteps: 0 },
      attempts: 0,
      retryCount: 0,
      maxRetries: 3,
      runAt: created,
      createdAt: created,
      updatedAt: created,
      expiresAt: at(created.epochMilliseconds + 86_400_000),
      timeoutMs: 600_000,
      organisationId: "default",
      dependsOn: [],
      onDependencyFailure: "fail",
      labels: [],
      revision: 1,
      ...fields
    }
    this.jobs.set(job.id, job)
    return job
  }

  /** Changes a job and tells the streams. */
  change(id: JobId, fields: Partial<Job>): Job {
    const before = this.jobs.get(id)
    if (before === undefined) throw new Error(`no job ${id}`)
    const job = { ...before, ...fields, revision: before.revision + 1 }
    this.jobs.set(id, job)
    this.tell({ _tag: "Changed", id, revision: job.revision, lane: job.lane, cancelRequested: false })
    return job
  }

  log(id: JobId, message: string, fields: Partial<LogLine> = {}): void {
    const line = { id: this.lines.length + 1, attempt: 1, at: at(this.now()), level: "info" as const, message }
    this.lines.push({ ...line, ...fields, job: id })
    this.tell({ _tag: "Logged", id })
  }

  /** Streams that listen for changes now. */
  listeners = 0

  tell(change: JobChange): void {
    Effect.runSync(PubSub.publish(this.#hub, change))
  }

  #byRef = (ref: string) => [...this.jobs.values()].find(({ id, jobId }) => id === ref || jobId === ref)

  #liveWith = (key: string | undefined) =>
    [...this.jobs.values()].find((job) => key !== undefined && job.dedupeKey === key && !isTerminal(job.status))

  readonly find = (ref: JobRef) =>
    Effect.suspend(() => {
      const job = this.#byRef(ref)
      return job ? Effect.succeed(job) : Effect.fail(new JobNotFound({ ref }))
    })

  #type = (name: string) => this.types.find((type) => type.name === name)

  readonly statusOf = (job: Job) => showJob(job, this.#type(job.jobType), this.now()).status

  #create = (request: CreateJob, key: string | undefined) =>
    Effect.gen({ self: this }, function* () {
      const type = this.#type(request.jobType)
      if (type === undefined) return yield* new UnknownJobType({ jobType: request.jobType, known: [] })
      const input = yield* type.parseInput(request.input)
      const body = JSON.stringify(request)
      const earlier = key === undefined ? undefined : this.#keys.get(key)
      if (earlier && earlier.body !== body) return yield* new IdempotencyMismatch({ key: key ?? "" })
      if (earlier) return { job: yield* Effect.orDie(this.find(earlier.id)), replayed: true, deduplicated: false }
      const live = this.#liveWith(request.dedupeKey)
      if (live) return { job: live, replayed: false, deduplicated: true }
      const { jobType: _, input: __, dependsOn: refs = [], concurrencyKey, ...options } = request
      const needed = refs.map((ref) => this.#byRef(ref))
      const missing = refs.filter((_, index) => needed[index] === undefined)
      if (missing.length > 0) return yield* new UnknownDependency({ refs: missing })
      const masked = mapSecrets(type.inputSchema, input, () => MASK) as Job["input"]
      const dependsOn = needed.flatMap((job) => (job ? [job.id] : []))
      const exclusive = typeof concurrencyKey === "string" ? { concurrencyKey } : {}
      const job = this.seed(
        { ...options, ...exclusive, dependsOn, jobType: type.name, lane: type.lane, input: masked },
        0
      )
      if (key !== undefined) this.#keys.set(key, { body, id: job.id })
      this.tell({ _tag: "Changed", id: job.id, revision: 1, lane: job.lane, cancelRequested: false })
      return { job, replayed: false, deduplicated: false }
    })

  /** All or none: what a failed request has made is taken away again. */
  #createBatch = (requests: ReadonlyArray<CreateJob>) =>
    Effect.gen({ self: this }, function* () {
      const before = new Map(this.jobs)
      const batchId = JobId.make("018f0000-0000-7000-9000-000000000001")
      const make = (request: CreateJob, index: number) =>
        this.#create(request, undefined).pipe(
          Effect.map(({ job }) => this.change(job.id, { batchId })),
          Effect.mapError(({ _tag }) => new BatchRefused({ issues: [{ path: `jobs[${index}]`, message: _tag }] }))
        )
      const jobs = yield* Effect.forEach(requests, make).pipe(
        Effect.tapError(() =>
          Effect.sync(() => {
            this.jobs.clear()
            for (const [id, job] of before) this.jobs.set(id, job)
          })
        )
      )
      return { batchId, jobs, replayed: false }
    })

  #cancel = (ref: JobRef) =>
    Effect.gen({ self: this }, function* () {
      const { id, jobId, status } = yield* this.find(ref)
      if (!canCancel(status)) return yield* new JobConflict({ jobId, status, action: "cancel" })
      const now = at(this.now())
      return this.change(
        id,
        status === "pending" ? { status: "cancelled", completedAt: now } : { cancelRequestedAt: now }
      )
    })

  #retry = (ref: JobRef, { from = "checkpoint", input }: RetryPlan) =>
    Effect.gen({ self: this }, function* () {
      const { dedupeKey, id, jobId, jobType, status } = yield* this.find(ref)
      if (!canRetry(status)) return yield* new JobConflict({ jobId, status, action: "retry" })
      const type = this.#type(jobType)
      if (type === undefined) return yield* new UnknownJobType({ jobType, known: [] })
      const known = type.steps.map(({ name }) => name)
      if (!["checkpoint", "start", ...known].includes(from)) return yield* new UnknownStep({ step: from, known })
      const other = this.#liveWith(dedupeKey)
      if (other && dedupeKey) return yield* new DedupeKeyTaken({ jobId: other.jobId, dedupeKey })
      const changed = input === undefined ? {} : { input: (yield* type.parseInput(input)) as Job["input"] }
      return this.change(id, { status: "pending", retryCount: 0, ...changed })
    })

  /** What was answered, in order. */
  readonly answers: Array<string | boolean> = []

  #answer = (ref: JobRef, answering: Answering) =>
    Effect.gen({ self: this }, function* () {
      const found = yield* this.find(ref)
      const history = this.histories.get(found.id) ?? noHistory
      const { answer, job, record } = yield* answerInMemory(found, history.prompts, answering, this.now())
      this.answers.push(answer)
      this.histories.set(job.id, { ...history, prompts: [...history.prompts, record] })
      this.jobs.set(job.id, job)
      return this.change(job.id, {})
    })

  #remove = (ref: JobRef) =>
    Effect.gen({ self: this }, function* () {
      const { id, jobId, status } = yield* this.find(ref)
      if (!isTerminal(status)) return yield* new JobConflict({ jobId, status, action: "remove" })
      this.jobs.delete(id)
    })

  readonly board = new FakeBoard({
    jobs: this.jobs,
    histories: this.histories,
    now: () => this.now(),
    statusOf: this.statusOf
  })

  readonly layer = Layer.suspend(() =>
    Layer.mergeAll(
      this.board.layer,
      Layer.succeed(JobTypes, JobTypes.from(this.types)),
      Layer.succeed(Jobs, {
        create: (request, options) => this.#create(request, options?.idempotencyKey),
        get: this.find,
        madeWith: (key) =>
          Effect.sync(() => {
            const made = this.#keys.get(key)
            return Option.fromUndefinedOr(made && this.jobs.get(made.id))
          }),
        createBatch: this.#createBatch,
        cancel: this.#cancel,
        retry: this.#retry,
        answer: this.#answer,
        remove: this.#remove,
        applyToMany: () => Effect.die("this is work of a worker, which is not here")
      }),
      // A test that asks for these brings its own.
      Layer.mock(AiCalls, {}),
      Layer.mock(Uploads, {}),
      Layer.mock(Webhooks, {}),
      this.artifacts.layer,
      this.insights.layer,
      fakeReports(this),
      Layer.succeed(JobChanges, {
        changes: Stream.unwrap(
          Effect.map(PubSub.subscribe(this.#hub), (subscription) => {
            this.listeners++
            return Stream.make<[JobChange]>({ _tag: "Gap" }).pipe(
              Stream.concat(Stream.fromSubscription(subscription)),
              Stream.ensuring(Effect.sync(() => this.listeners--))
            )
          })
        )
      })
    )
  )
}
