/** What board pages know beside jobs, in memory: estimates, lanes, schedules, workers. Tests put values in. */
import { Effect, Layer } from "effect"
import { BulkJobs, type BulkRequest } from "../../src/domain/BulkJobs.ts"
import type { DayCounts } from "../../src/domain/DayCounts.ts"
import { type CheckpointMark, fitsLog, JobDetails } from "../../src/domain/JobDetails.ts"
import { JobEstimates, type QueuePlace, type TypeEstimate } from "../../src/domain/JobEstimates.ts"
import type { JobId } from "../../src/domain/JobId.ts"
import { JobSchedules } from "../../src/domain/JobSchedules.ts"
import { JobStops } from "../../src/domain/JobStops.ts"
import { JobTypes } from "../../src/domain/JobType.ts"
import { Lanes } from "../../src/domain/Lanes.ts"
import { LiveView } from "../../src/domain/LiveView.ts"
import { Cleanup } from "../../src/domain/Upkeep.ts"
import { type WorkerReport, Workers } from "../../src/domain/Workers.ts"
import { fakeLanes } from "../http/fakeLanes.ts"
import { makeFakeSchedules } from "../http/fakeSchedules.ts"
import type { FakeJobs } from "./FakeJobs.ts"

export class FakeInsights {
  readonly estimates = new Map<string, TypeEstimate>()
  readonly ended = new Map<string, DayCounts>()
  readonly places = new Map<JobId, QueuePlace>()
  readonly checkpoints = new Map<JobId, ReadonlyArray<CheckpointMark>>()
  workers: ReadonlyArray<WorkerReport> = []

  readonly bulks: Array<BulkRequest> = []
  readonly schedules: ReturnType<typeof makeFakeSchedules>
  readonly lanes: typeof Lanes.Service

  constructor(readonly of: FakeJobs) {
    this.schedules = makeFakeSchedules(JobTypes.from(of.types))
    this.lanes = fakeLanes(of.types.map(({ name }) => name))
  }

  readonly layer = Layer.suspend(() =>
    Layer.mergeAll(
      Layer.succeed(JobEstimates, {
        types: Effect.sync(() => this.estimates),
        ended: (jobType) => Effect.sync(() => this.ended.get(jobType) ?? { days: [] }),
        places: (ids) => Effect.sync(() => new Map([...this.places].filter(([id]) => ids.includes(id)))),
        refresh: Effect.void
      }),
      Layer.succeed(JobDetails, {
        checkpoints: (id) => Effect.sync(() => this.checkpoints.get(id) ?? []),
        lines: (id, filter, { before, limit }) =>
          Effect.sync(() =>
            this.of.lines
              .filter((line) => line.job === id && fitsLog(filter, line) && (before === undefined || line.id < before))
              .slice(-limit)
          ),
        lineCounts: (id) =>
          Effect.sync(() => {
            const own = this.of.lines.filter((line) => line.job === id)
            const keys = [...new Set(own.map(({ attempt, step }) => `${attempt}/${step ?? ""}`))]
            return keys.map((key) => {
              const [attempt = "", step = ""] = key.split("/")
              const lines = own.filter((line) => `${line.attempt}/${line.step ?? ""}` === key).length
              return { attempt: Number(attempt), lines, ...(step !== "" && { step }) }
            })
          })
      }),
      // A test that asks for these brings its own.
      Layer.mock(LiveView, {}),
      Layer.succeed(JobStops, {
        stopNow: (ref) =>
          Effect.sync(() => {
            const job = [...this.of.jobs.values()].find(({ id, jobId }) => id === ref || jobId === ref)
            if (job) this.of.change(job.id, { status: "cancelled" })
          })
      }),
      Layer.mock(Cleanup, {}),
      Layer.succeed(Lanes, this.lanes),
      Layer.succeed(JobSchedules, this.schedules.contract),
      Layer.succeed(BulkJobs, {
        start: (request) =>
          Effect.sync(() => {
            this.bulks.push(request)
            return { job: this.of.seed({ jobType: "change-many-jobs", lane: "default" }), replayed: false }
          })
      }),
      Layer.succeed(Workers, { list: Effect.sync(() => this.workers) })
    )
  )
}
