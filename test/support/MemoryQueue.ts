/** A queue in memory, for tests of the worker on the test clock. It records what the worker did to each job. */
import { Clock, Context, Duration, Effect, Exit, Layer, PubSub, Stream } from "effect"
import { type JobChange, JobChanges } from "../../src/domain/JobChanges.ts"
import { JobId, ReadableJobId } from "../../src/domain/JobId.ts"
import { JobPrompts } from "../../src/domain/JobPrompts.ts"
import {
  CannotBeStored,
  type Claim,
  JobQueue,
  type NewLogLine,
  type Outcome,
  QueueUnavailable
} from "../../src/domain/JobQueue.ts"
import type { Lane } from "../../src/domain/Lane.ts"
import type { PausedWork } from "../../src/domain/Lanes.ts"
import { type Lease, LeaseLost, LeaseToken } from "../../src/domain/Lease.ts"
import type { Progress } from "../../src/domain/Progress.ts"
import { Upkeep } from "../../src/domain/Upkeep.ts"
import type { SecretBox } from "../../src/runtime/SecretBox.ts"
import { type MemoryPrompt, makeMemoryPrompts } from "./MemoryPrompts.ts"

export interface MemoryJob {
  readonly id: JobId
  readonly jobType: string
  readonly input: unknown
  readonly lane: Lane
  readonly maxRetries: number
  readonly timeout: Duration.Duration
  readonly checkpoints: Map<string, unknown>
  readonly outcomes: Array<Outcome>
  readonly progress: Array<Progress>
  readonly log: Array<NewLogLine>
  readonly steps: Array<string>
  readonly prompts: Array<MemoryPrompt>
  status: "pending" | "in_progress" | "ended"
  attempt: number
  retryCount: number
  dueAtMs: number
  lease: Lease | undefined
  cancelRequested: boolean
}

export class MemoryQueue extends Context.Service<
  MemoryQueue,
  {
    readonly add: (
      job: Partial<Pick<MemoryJob, "jobType" | "input" | "lane" | "maxRetries" | "timeout">>
    ) => Effect.Effect<MemoryJob>
    readonly cancel: (job: MemoryJob) => Effect.Effect<void>
    /** Somebody answers what the job asks. `heard`: the worker gets news of it. */
    readonly answer: (
      job: MemoryJob,
      value: string | boolean,
      box: typeof SecretBox.Service,
      heard?: boolean
    ) => Effect.Effect<void>
    /** Somebody else takes the job over. */
    readonly steal: (job: MemoryJob) => Effect.Effect<void>
    /**
     * `down`: every call fails. `silent`: no call is ever answered. `claimMs`: how long each claim takes. `answerMs`: and how
     * long its answer is on its way. `refuses`: ends that cannot be stored.
     */
    readonly database: {
      state: "up" | "down" | "silent"
      claimMs: number
      answerMs: number
      refuses: (outcome: Outcome) => boolean
    }
    /** `heard`: the worker gets news of it. */
    readonly pause: (work: PausedWork, heard?: boolean) => Effect.Effect<void>
    readonly beats: { value: number; phase: "claiming" | "draining" }
  }
>()("test/MemoryQueue") {}

const make = Effect.gen(function* () {
  const run = Effect.runForkWith(yield* Effect.context<never>())
  const jobs = new Map<JobId, MemoryJob>()
  const hub = yield* PubSub.unbounded<JobChange>()
  const database: (typeof MemoryQueue.Service)["database"] = {
    state: "up",
    claimMs: 0,
    answerMs: 0,
    refuses: () => false
  }
  const beats: { value: number; phase: "claiming" | "draining" } = { value: 0, phase: "claiming" }
  const pauses: Array<PausedWork> = []
  let made = 0

  const available = <A, E>(operation: string, body: Effect.Effect<A, E>) =>
    Effect.suspend((): Effect.Effect<A, E | QueueUnavailable> => {
      if (database.state === "silent") return Effect.never
      return database.state === "down"
        ? Effect.fail(new QueueUnavailable({ operation, cause: new Error("down") }))
        : body
    })

  const changed = (job: MemoryJob) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      PubSub.publish(hub, {
        _tag: "Changed",
        id: job.id,
        revision: job.attempt,
        lane: job.lane,
        cancelRequested: job.status === "in_progress" && job.cancelRequested,
        ...(job.status === "pending" && { dueInMs: job.dueAtMs - now })
      })
    )

  const add: typeof MemoryQueue.Service.add = (job) =>
    Effect.gen(function* () {
      const number = String(++made).padStart(8, "0")
      const id = JobId.make(`019ac2f0-0000-7000-8000-0000${number}`)
      const added: MemoryJob = {
        id,
        jobType: "idle",
        input: {},
        lane: "default",
        maxRetries: 3,
        timeout: Duration.minutes(10),
        ...job,
        checkpoints: new Map(),
        outcomes: [],
        progress: [],
        log: [],
        steps: [],
        prompts: [],
        status: "pending",
        attempt: 0,
        retryCount: 0,
        dueAtMs: yield* Clock.currentTimeMillis,
        lease: undefined,
        cancelRequested: false
      }
      jobs.set(id, added)
      yield* changed(added)
      return added
    })

  const isPaused = (job: MemoryJob) =>
    pauses.some(({ kind, name }) => name === (kind === "lane" ? job.lane : job.jobType))

  const claimOf = (job: MemoryJob): Claim => {
    job.status = "in_progress"
    job.attempt++
    job.lease = { jobId: job.id, token: LeaseToken.make(crypto.randomUUID()), attempt: job.attempt }
    return {
      lease: job.lease,
      id: job.id,
      jobId: ReadableJobId.make("JOB_20261121_000000_00000000"),
      jobType: job.jobType,
      organisationId: "default",
      input: job.input,
      retryCount: job.retryCount,
      maxRetries: job.maxRetries,
      timeout: job.timeout,
      checkpoints: new Map(job.checkpoints)
    }
  }

  const held = (operation: string, lease: Lease, write: (job: MemoryJob) => Effect.Effect<void> | undefined) =>
    available(
      operation,
      Effect.suspend((): Effect.Effect<void, LeaseLost> => {
        const job = jobs.get(lease.jobId)
        if (job?.lease?.token !== lease.token) return Effect.fail(new LeaseLost({ jobId: lease.jobId }))
        return write(job) ?? Effect.void
      })
    )

  const settle = (job: MemoryJob, outcome: Outcome) =>
    Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      job.outcomes.push(outcome)
      job.lease = undefined
      job.status = outcome._tag === "RetryLater" || outcome._tag === "Released" ? "pending" : "ended"
      if (outcome._tag === "RetryLater") {
        job.retryCount++
        job.dueAtMs = now + Duration.toMillis(outcome.delay)
      }
      yield* changed(job)
    })

  /** As PostgreSQL does it with the character NUL. */
  const refusing = <A, E>(value: unknown, write: Effect.Effect<A, E>): Effect.Effect<A, E | CannotBeStored> =>
    JSON.stringify(value).includes("\\u0000")
      ? Effect.fail(
          new CannotBeStored({ operation: "write", sqlState: "22P05", cause: new Error("unsupported Unicode") })
        )
      : write

  const settling = (lease: Lease, outcome: Outcome) =>
    refusing(
      database.refuses(outcome) ? "\0" : outcome,
      held("settle", lease, (job) => settle(job, outcome)).pipe(
        Effect.timeoutOrElse({
          duration: "10 seconds",
          orElse: () => Effect.fail(new QueueUnavailable({ operation: "settle", cause: new Error("silent") }))
        })
      )
    )

  const queue = JobQueue.of({
    claim: (lane, limit) =>
      available(
        "claim",
        Effect.map(
          Effect.andThen(
            database.claimMs === 0 ? Effect.void : Effect.sleep(database.claimMs),
            Clock.currentTimeMillis
          ),
          (now) =>
            [...jobs.values()]
              .filter((job) => job.status === "pending" && job.lane === lane && job.dueAtMs <= now && !isPaused(job))
              .slice(0, limit)
              .map(claimOf)
        ).pipe(Effect.tap(() => (database.answerMs === 0 ? Effect.void : Effect.sleep(database.answerMs))))
      ),
    beat: (leases, phase, ahead = []) =>
      available(
        "beat",
        Effect.map(Clock.currentTimeMillis, (now) => {
          beats.value++
          beats.phase = phase
          const known = leases.map((lease) => ({ lease, job: jobs.get(lease.jobId) }))
          const waiting = [...jobs.values()].filter((job) => job.status === "pending")
          return {
            renewed: known
              .filter(({ job, lease }) => job?.lease?.token === lease.token)
              .map(({ lease }) => lease.token),
            lost: known.filter(({ job, lease }) => job?.lease?.token !== lease.token).map(({ lease }) => lease.token),
            cancelRequested: known.filter(({ job }) => job?.cancelRequested).map(({ lease }) => lease.token),
            dueInMs: new Map(waiting.map((job) => [job.lane, job.dueAtMs - now])),
            paused: ahead.length > 0 ? pauses : [],
            untidy: false
          }
        })
      ),
    startStep: (lease, step) => held("startStep", lease, (job) => void job.steps.push(step.name)),
    endStep: (lease, step) =>
      refusing(
        step,
        held("endStep", lease, (job) => {
          if (step.checkpoint !== undefined) job.checkpoints.set(step.name, step.checkpoint.output)
          return undefined
        })
      ),
    progress: (lease, progress) => held("progress", lease, (job) => void job.progress.push(progress)),
    log: (lease, lines) =>
      available(
        "log",
        Effect.sync(() => void jobs.get(lease.jobId)?.log.push(...lines))
      ),
    expiresWithin: () => available("expiresWithin", Effect.succeed(false)),
    settle: settling,
    completeSoon: (lease, resultJson, then) => {
      const whole = settling(lease, { _tag: "Completed", result: JSON.parse(resultJson) })
      run(whole).addObserver((exit) => then(Exit.isSuccess(exit)))
    },
    leave: available("leave", Effect.void)
  })

  const upkeep = Upkeep.of({
    alone: (work) =>
      database.state === "up"
        ? work
        : Effect.fail(new QueueUnavailable({ operation: "alone", cause: new Error("down") })),
    rescue: () => available("rescue", Effect.succeed(0)),
    expire: available("expire", Effect.succeed(0)),
    overdue: () => available("overdue", Effect.succeed([])),
    removeOld: () => available("removeOld", Effect.succeed(0))
  })

  const prompts = makeMemoryPrompts({ jobs: () => [...jobs.values()], held, changed })

  const control = MemoryQueue.of({
    add,
    answer: prompts.answer,
    cancel: (job) =>
      Effect.suspend(() => {
        job.cancelRequested = true
        return changed(job)
      }),
    pause: (work, heard = true) =>
      Effect.suspend(() => {
        pauses.push(work)
        return heard
          ? PubSub.publish(hub, { _tag: "Many", dueInMs: new Map(), cancelRequested: [], paused: work })
          : Effect.void
      }),
    steal: (job) =>
      Effect.sync(() => {
        job.lease = { jobId: job.id, token: LeaseToken.make(crypto.randomUUID()), attempt: job.attempt + 1 }
      }),
    database,
    beats
  })

  return Context.make(JobQueue, queue).pipe(
    Context.add(MemoryQueue, control),
    Context.add(Upkeep, upkeep),
    Context.add(JobPrompts, prompts.contract),
    Context.add(JobChanges, { changes: Stream.concat(Stream.make({ _tag: "Gap" }), Stream.fromPubSub(hub)) })
  )
})

export const layer = Layer.effectContext(make)
