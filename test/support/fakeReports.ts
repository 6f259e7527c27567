/** What pages read of the jobs of a test: lists, histories, logs and counts. */
import { Clock, Effect, Layer, Option } from "effect"
import type { Job } from "../../src/domain/Job.ts"
import type { JobFilter } from "../../src/domain/JobFilter.ts"
import {
  BatchNotFound,
  InvalidCursor,
  type JobHistory,
  JobReports,
  type StatusCounts
} from "../../src/domain/JobReports.ts"
import { isTerminal, jobStatuses, ShownStatus } from "../../src/domain/JobStatus.ts"
import type { FakeJobs } from "./FakeJobs.ts"

export const noHistory: JobHistory = { attempts: [], steps: [], prompts: [] }

/** What a search of jobs looks in. */
const textOf = ({ error, jobId, jobType, restaurantId }: Job) =>
  `${jobType} ${jobId} ${restaurantId} ${error?.message ?? ""}`

export const fakeReports = (of: FakeJobs) => {
  const matching = (filter: JobFilter) =>
    [...of.jobs.values()]
      .filter(
        (job) =>
          job.createdAt.epochMilliseconds >= (filter.createdAfter?.getTime() ?? 0) &&
          (filter.ids === undefined || filter.ids.includes(job.id)) &&
          (!filter.status?.length || filter.status.includes(of.statusOf(job))) &&
          (filter.jobType === undefined || job.jobType === filter.jobType) &&
          (filter.batchId === undefined || job.batchId === filter.batchId) &&
          (filter.restaurantId === undefined || job.restaurantId === filter.restaurantId) &&
          (filter.q === undefined || textOf(job).includes(filter.q))
      )
      .toSorted((a, b) => (a.id < b.id ? 1 : -1))

  return Layer.succeed(JobReports, {
    list: (filter, { limit, cursor }) =>
      Effect.suspend(() => {
        if (cursor !== undefined && ![...of.jobs.keys()].some((id) => id === cursor)) {
          return Effect.fail(new InvalidCursor())
        }
        const jobs = matching(filter).filter(({ id }) => cursor === undefined || id < cursor)
        const page = jobs.slice(0, limit)
        const last = jobs.length > limit ? page.at(-1) : undefined
        return Effect.succeed({ jobs: page, ...(last && { nextCursor: last.id }) })
      }),
    listed: (filter, limit) =>
      Effect.sync(() =>
        matching(filter)
          .map((job) => ({ id: job.id, status: of.statusOf(job) }))
          .slice(0, limit)
      ),
    byIds: (ids) => Effect.sync(() => ids.flatMap((id) => Option.toArray(Option.fromNullishOr(of.jobs.get(id))))),
    history: (ref) => Effect.map(of.find(ref), ({ id }) => of.histories.get(id) ?? noHistory),
    logs: (ref, { after, limit }) =>
      Effect.map(of.find(ref), ({ id }) => {
        const own = of.lines.filter((line) => line.job === id && line.id > (after ?? 0))
        return after === undefined ? own.slice(-limit) : own.slice(0, limit)
      }),
    checkpoints: (ref) => Effect.as(of.find(ref), []),
    counts: (filter) =>
      Effect.sync(() => {
        const shown = matching(filter).map(of.statusOf)
        const entries = ShownStatus.literals.map((status) => [status, shown.filter((s) => s === status).length])
        return Object.fromEntries(entries) as StatusCounts
      }),
    batch: (batchId) =>
      Effect.suspend(() => {
        const jobs = matching({ batchId })
        if (jobs.length === 0) return Effect.fail(new BatchNotFound({ batchId }))
        const count = (status: Job["status"]) => jobs.filter((job) => job.status === status).length
        const counts = Object.fromEntries(jobStatuses.map((status) => [status, count(status)]))
        const ended = jobs.filter(({ status }) => isTerminal(status)).length
        const percent = Math.floor((100 * ended) / jobs.length)
        return Effect.succeed({ batchId, total: jobs.length, percent, counts: counts as Record<Job["status"], number> })
      }),
    failures: Effect.succeed([]),
    nowMs: Clock.currentTimeMillis
  })
}
