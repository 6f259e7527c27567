import { Effect } from "effect"
import { type JobCounts, JobReports } from "../../domain/JobReports.ts"
import { countOf, isAtLeast } from "../../views/JobFilters.tsx"
import { type JobsQuery, toJobFilter } from "../../views/JobsQuery.ts"
import { anyStatus, type FoundWider, widerFilters } from "../../views/widerFilter.ts"

const jobsOf = (query: JobsQuery, nowMs: number) =>
  Effect.gen(function* () {
    const { status = [], ...filter } = toJobFilter(query, nowMs)
    const counts = yield* (yield* JobReports).counts(filter)
    return { jobs: countOf(counts, status), isAtLeast: isAtLeast(counts, status) }
  })

/** The nearest wider filter that has jobs, for a list that has none. `counts` are those of the list's own tabs. */
export const findWider = (query: JobsQuery, counts: JobCounts, nowMs: number) =>
  Effect.gen(function* () {
    for (const wider of widerFilters(query)) {
      const found = yield* jobsOf(wider.query, nowMs)
      if (found.jobs > 0) return { ...wider, ...found } satisfies FoundWider
    }
    const found = { jobs: countOf(counts, []), isAtLeast: isAtLeast(counts, []) }
    return found.jobs > 0 ? ({ ...anyStatus(query), ...found } satisfies FoundWider) : undefined
  })
