/** Does the same to the queue and to its model, and compares what both answer and what both are like then. */
import { expect } from "bun:test"
import { Duration, Effect, Result } from "effect"
import type { JobFilter } from "../../src/domain/JobFilter.ts"
import type { Outcome } from "../../src/domain/JobQueue.ts"
import { JobReports } from "../../src/domain/JobReports.ts"
import { Jobs } from "../../src/domain/Jobs.ts"
import { Lanes } from "../../src/domain/Lanes.ts"
import { type Lease, LeaseToken } from "../../src/domain/Lease.ts"
import { type Command, type Ending, type LaneName, type WorkerKey, workers } from "./QueueCommands.ts"
import { makeQueueDatabase } from "./QueueDatabase.ts"
import { type HeldLease, QueueModel } from "./QueueModel.ts"
import * as Calls from "./QueueModelCalls.ts"
import { makeCreation } from "./QueueModelCreate.ts"
import { hasEnded, hasFailed, type ModelJob } from "./QueueModelJob.ts"
import { laneOf, publicHistory, publicHistoryOf, publicJob, publicJobOf, storedView, viewOf } from "./QueueModelView.ts"

const STEPS = ["first", "second"]

const outcomes: Record<Ending, Outcome> = {
  Completed: { _tag: "Completed", result: 1 },
  Failed: { _tag: "Failed", error: { code: "NOT_FOUND", message: "No such dish", retryable: false } },
  RetryLater: {
    _tag: "RetryLater",
    error: { code: "NETWORK_ERROR", message: "No answer", retryable: true },
    delay: Duration.seconds(Calls.RETRY_SECONDS)
  },
  Cancelled: { _tag: "Cancelled" },
  Released: { _tag: "Released" }
}

/** What a call gives, or the tag of what it fails with. */
const answer = <A, E extends { readonly _tag: string }, R, B>(call: Effect.Effect<A, E, R>, read: (value: A) => B) =>
  Effect.map(Effect.result(call), (result): B | Calls.Refusal =>
    Result.isSuccess(result) ? read(result.success) : { error: result.failure._tag }
  )

const done = () => "done" as const

/** The model's answers stand on the right. */
const same = (actual: unknown, expected: unknown) => Effect.sync(() => expect(actual).toEqual(expected))

const at = <A>(all: ReadonlyArray<A>, pick: number): A | undefined => all[pick % all.length]

export const makeModelRun = Effect.gen(function* () {
  const jobs = yield* Jobs
  const reports = yield* JobReports
  const lanes = yield* Lanes
  const database = yield* makeQueueDatabase

  return Effect.fnUntraced(function* (commands: ReadonlyArray<Command>) {
    const model = new QueueModel()
    const fleet = yield* database.begin
    const { create, createBatch, ids, indexOf } = makeCreation(jobs, model)

    const held = () => model.leases.filter((lease) => Calls.isHeld(model, lease))
    const idOf = (job: ModelJob) => ids[job.index]!
    const leaseOf = ({ attempt, job, token }: HeldLease): Lease => ({
      jobId: ids[job]!,
      token: LeaseToken.make(token),
      attempt
    })

    /** Does it to one of the leases that are held, or to one that is lost. */
    const withLease = (
      command: { readonly lease: number; readonly stale: boolean },
      work: (lease: HeldLease) => Effect.Effect<void>
    ) => {
      const lost = model.leases.filter((lease) => !Calls.isHeld(model, lease))
      // The fence matters most while somebody else runs the job.
      const fenced = lost.filter(({ job }) => model.jobs[job]!.lease !== undefined)
      const lease = at(command.stale ? (fenced.length > 0 ? fenced : lost) : held(), command.lease)
      return lease === undefined ? Effect.void : work(lease)
    }

    /** Does it to one of the jobs that fit, or to any job that ever was. */
    const withJob = (
      command: { readonly job: number; readonly any: boolean },
      fits: (job: ModelJob) => boolean,
      work: (job: ModelJob) => Effect.Effect<void, unknown>
    ) => {
      const job = at(command.any ? model.jobs : model.present.filter(fits), command.job)
      return job === undefined ? Effect.void : work(job)
    }

    const claim = (worker: WorkerKey, lane: LaneName, limit: number) =>
      Effect.gen(function* () {
        const claims = yield* fleet[worker].queue.claim(lane, limit)
        const next = model.next(worker, lane, limit)
        const expected = next.map((job) => ({
          job: job.index,
          attempt: job.attempts.length + 1,
          retryCount: job.retryCount,
          checkpoints: Object.fromEntries(job.checkpoints)
        }))
        const actual = claims.map(({ checkpoints, id, lease, retryCount }) => ({
          job: indexOf(id),
          attempt: lease.attempt,
          retryCount,
          checkpoints: Object.fromEntries(checkpoints)
        }))
        yield* same(actual, expected)
        for (const [place, job] of next.entries()) model.claim(worker, job, claims[place]!.lease.token)
        return claims.length
      })

    const beat = (worker: WorkerKey, phase: "claiming" | "draining") =>
      Effect.gen(function* () {
        const mine = model.leases.filter((lease) => lease.worker === worker).map(leaseOf)
        const actual = yield* fleet[worker].queue.beat(mine, phase)
        const due = [...actual.dueInMs].map(([lane, ms]) => [lane, Math.ceil(ms / 5_000) * 5])
        yield* same(
          {
            renewed: actual.renewed.toSorted(),
            lost: actual.lost.toSorted(),
            cancelRequested: actual.cancelRequested.toSorted(),
            dueInSeconds: Object.fromEntries(due),
            untidy: actual.untidy
          },
          Calls.beat(model, worker, phase)
        )
      })

    const look = (job: ModelJob) =>
      Effect.gen(function* () {
        const ref = idOf(job)
        const missing = { error: "JobNotFound" }
        yield* same(yield* answer(jobs.get(ref), publicJob), job.removed ? missing : publicJobOf(model, job))
        yield* same(yield* answer(reports.history(ref), publicHistory), job.removed ? missing : publicHistoryOf(job))
      })

    const applyToMany = (command: Extract<Command, { do: "applyToMany" }>) =>
      Effect.gen(function* () {
        const after = at(model.jobs, command.after)?.index
        const until = at(model.jobs, command.until)?.index
        if (after === undefined || until === undefined) return
        const filter: JobFilter = command.status.length === 0 ? {} : { status: command.status }
        const { most } = command
        const actual = yield* answer(
          // From the first job on, when `after` would leave out all of them.
          jobs.applyToMany(command.action, filter, {
            ...(after < until && { after: ids[after]! }),
            until: ids[until]!,
            most
          }),
          ({ next, ...part }) => ({ ...part, ...(next !== undefined && { next: indexOf(next) }) })
        )
        const range = { after: after < until ? after : -1, until, most }
        yield* same(actual, Calls.applyToMany(model, command.action, command.status, range))
      })

    const step = (command: Command): Effect.Effect<unknown, unknown> =>
      Effect.gen(function* () {
        model.nextStatement()
        switch (command.do) {
          case "create":
            return yield* create(command.job)
          case "createBatch":
            return yield* createBatch(command)
          case "claim":
            return yield* claim(command.worker, command.lane, command.limit)
          case "settle":
            return yield* withLease(command, (lease) =>
              Effect.gen(function* () {
                const call = fleet[lease.worker].queue.settle(leaseOf(lease), outcomes[command.ending])
                yield* same(yield* answer(call, done), Calls.settle(model, lease, command.ending))
              })
            )
          case "startStep":
            return yield* withLease(command, (lease) =>
              Effect.gen(function* () {
                const call = fleet[lease.worker].queue.startStep(leaseOf(lease), {
                  name: STEPS[command.step]!,
                  number: command.step + 1,
                  totalSteps: STEPS.length,
                  progress: { percent: command.step * 50, totalSteps: STEPS.length }
                })
                yield* same(yield* answer(call, done), Calls.startStep(model, lease, command.step))
              })
            )
          case "endStep":
            return yield* withLease(command, (lease) =>
              Effect.gen(function* () {
                const call = fleet[lease.worker].queue.endStep(leaseOf(lease), {
                  name: STEPS[command.step]!,
                  outcome: command.outcome,
                  ...(command.keep && { checkpoint: { output: lease.attempt } })
                })
                yield* same(yield* answer(call, done), Calls.endStep(model, lease, command))
              })
            )
          case "beat":
            return yield* beat(command.worker, command.phase)
          case "leave":
            return yield* same(
              yield* answer(fleet[command.worker].queue.leave, done),
              Calls.leave(model, command.worker)
            )
          case "passTime":
            model.passTime(command.seconds)
            return yield* database.passTime(command.seconds)
          case "rescue": {
            const inHand = command.holding ? held().filter((lease) => lease.worker === command.worker) : []
            const rescued = yield* fleet[command.worker].upkeep.rescue(inHand.map(leaseOf))
            return yield* same(rescued, Calls.rescue(model, command.worker, inHand))
          }
          case "expire":
            return yield* same(yield* fleet.a.upkeep.expire, Calls.expire(model))
          case "overdue": {
            const claims = yield* fleet.a.upkeep.overdue(Duration.seconds(command.graceSeconds))
            const late = claims.map(({ id }) => indexOf(id)).toSorted((a, b) => a - b)
            return yield* same(late, Calls.overdue(model, command.graceSeconds))
          }
          case "cancel":
            return yield* withJob(
              command,
              (job) => !hasEnded(job),
              (job) =>
                Effect.gen(function* () {
                  yield* same(yield* answer(jobs.cancel(idOf(job)), done), Calls.cancel(model, job))
                })
            )
          case "retry":
            return yield* withJob(command, hasFailed, (job) =>
              Effect.gen(function* () {
                const call = jobs.retry(idOf(job), { from: command.from })
                yield* same(yield* answer(call, done), Calls.retry(model, job, command.from))
              })
            )
          case "remove":
            return yield* withJob(command, hasEnded, (job) =>
              Effect.gen(function* () {
                yield* same(yield* answer(jobs.remove(idOf(job)), done), Calls.remove(job))
              })
            )
          case "look":
            return yield* withJob(command, hasEnded, look)
          case "pauseLane":
            model.pausedLanes.add(command.lane)
            return yield* lanes.pause(command.lane, {})
          case "resumeLane":
            model.pausedLanes.delete(command.lane)
            return yield* lanes.resume(command.lane)
          case "pauseType":
            model.pausedTypes.add(command.type)
            return yield* lanes.pauseType(command.type, {})
          case "resumeType":
            model.pausedTypes.delete(command.type)
            return yield* lanes.resumeType(command.type)
          case "applyToMany":
            return yield* applyToMany(command)
        }
      })

    const compare = Effect.gen(function* () {
      const { disagreements, jobs: rows } = yield* database.view
      yield* same(storedView(rows, indexOf), viewOf(model))
      yield* same(disagreements.map(indexOf), [])
    })

    for (const command of commands) {
      yield* step(command)
      yield* compare
    }
    yield* same(
      // The model's workers claim what they like, so what runs and what is ahead of it is one number to it.
      (yield* lanes.list).flatMap(({ claimedAhead = 0, oldestReadyAt, paused, running, ...lane }) =>
        lane.lane === "quick" || lane.lane === "system"
          ? []
          : [{ ...lane, running: running + claimedAhead, isPaused: paused !== undefined }]
      ),
      ["browser", "default"].map((lane) => laneOf(model, lane))
    )
    const { jobs: listed } = yield* reports.list({}, { limit: 200, order: "asc" })
    yield* same(
      listed.map(publicJob),
      model.present.map((job) => publicJobOf(model, job))
    )
    for (const job of model.present) {
      yield* same(publicHistory(yield* reports.history(idOf(job))), publicHistoryOf(job))
    }
    // Everything that can still be claimed, one after the other: the order of the queue.
    for (const worker of ["b", "a"] as const) {
      for (const lane of Object.keys(workers[worker].places) as Array<LaneName>) {
        yield* Effect.repeat(claim(worker, lane, 1), { while: (claimed) => claimed > 0 })
      }
    }
    yield* compare
  }, Effect.scoped)
})
