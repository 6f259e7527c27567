import { Effect } from "effect"
import { type JobCounts, JobReports } from "../../domain/JobReports.ts"
import { countOf } from "../../views/JobFilters.tsx"
import { type JobsQuery, toJobFilter } from "../../views/JobsQuery.ts"
import { anyStatus, type FoundWider, widerFilters } from "../../views/widerFilter.ts"

const jobsOf = (query: JobsQuery, nowMs: number) =>
  Effect.gen(function* () {
    const { status = [], ...filter } = toJobFilter(query, nowMs)
    return countOf(yield* (yield* JobReports).counts(filter), status)
  })

/** The nearest wider filter that has jobs, for a list that has none. `counts` are those of the list's own tabs. */
export const findWider = (query: JobsQuery, counts: JobCounts, nowMs: number) =>
  Effect.gen(function* () {
    for (const wider of widerFilters(query)) {
      const jobs = yield* jobsOf(wider.query, nowMs)
      if (jobs > 0) return { ...wider, jobs } satisfies FoundWider
    }
    const jobs = countOf(counts, [])
    return jobs > 0 ? ({ ...anyStatus(query), jobs } satisfies FoundWider) : undefined
  })
