/** What the endpoints of jobs do: one call of a domain contract each. */
import { DateTime, Duration, Effect } from "effect"
import { HttpServerResponse } from "effect/http"
import { HttpApiBuilder, HttpApiSchema } from "effect/http-api"
import { Artifacts } from "../../domain/Artifacts.ts"
import type { JobRef } from "../../domain/JobId.ts"
import { JobReports } from "../../domain/JobReports.ts"
import { Jobs, jobRefOf } from "../../domain/Jobs.ts"
import { refuseOthersJobs } from "../cancelRights.ts"
import { answering, unknownDependencyIn } from "../errorResponse.ts"
import { Api } from "./Api.ts"
import { toCreateJob } from "./CreateJobBody.ts"
import { checkExpiry } from "./checkExpiry.ts"
import { keyOption, locationOf, replayedHeader } from "./endpointParts.ts"
import { toFilter, toPage } from "./JobListQuery.ts"
import { matchesTag, statusTag, toStatusView } from "./JobStatusView.ts"
import { jobsJson } from "./jobsJson.ts"
import { readWhenChanged } from "./statusWait.ts"

const DEFAULT_LOG_LINES = 200

/** Ended jobs are removed, live ones cancelled. One that changes sides in between is asked once more. */
const removeOrCancel = (jobs: Jobs["Service"], ref: JobRef) => {
  const remove = Effect.as(jobs.remove(ref), undefined)
  return remove.pipe(
    Effect.catchTag("JobConflict", () => jobs.cancel(ref)),
    Effect.catchTag("JobConflict", () => remove)
  )
}

export const layer = HttpApiBuilder.group(
  Api,
  "jobs",
  Effect.fnUntraced(function* (handlers) {
    const jobs = yield* Jobs
    const reports = yield* JobReports
    const files = yield* Artifacts

    return handlers.handleAll({
      create: Effect.fnUntraced(function* ({ headers, payload }) {
        yield* checkExpiry([{ path: "", request: payload }])
        const { deduplicated, job, replayed } = yield* jobs
          .create(toCreateJob(payload), keyOption(headers))
          .pipe(
            Effect.catchTag("UnknownDependency", (error) =>
              Effect.fail(unknownDependencyIn(payload.dependsOn ?? [], error))
            )
          )
        return jobsJson(
          { data: job },
          {
            status: 202,
            headers: {
              location: locationOf(job),
              ...replayedHeader(replayed),
              ...(deduplicated && { deduplicated: "true" as const })
            }
          }
        )
      }, answering),

      list: Effect.fnUntraced(function* ({ query }) {
        const page = yield* reports.list(toFilter(query), toPage(query))
        return jobsJson({ data: page.jobs, ...(page.nextCursor !== undefined && { nextCursor: page.nextCursor }) })
      }, answering),

      get: Effect.fnUntraced(function* ({ params }) {
        const ref = yield* jobRefOf(params.id)
        const [job, { steps }, artifacts] = yield* Effect.all([jobs.get(ref), reports.history(ref), files.list(ref)], {
          concurrency: 3
        })
        return { data: { ...job, steps, artifacts } }
      }, answering),

      status: Effect.fnUntraced(function* ({ headers, params, query }) {
        const ref = yield* jobRefOf(params.id)
        const known = headers["if-none-match"]
        const job = yield* query.waitMs ? readWhenChanged(ref, known, Duration.millis(query.waitMs)) : jobs.get(ref)
        const etag = statusTag(job)
        // A browser that kept it would give its page the old `durationMs` with each 304, as if it had been read just now.
        const sent = { headers: { etag, "cache-control": "no-store" } }
        return matchesTag(known, etag)
          ? HttpServerResponse.empty({ status: 304, ...sent })
          : jobsJson({ data: toStatusView(job, yield* DateTime.now) }, sent)
      }, answering),

      attempts: Effect.fnUntraced(function* ({ params }) {
        const { attempts } = yield* reports.history(yield* jobRefOf(params.id))
        return { data: attempts }
      }, answering),

      checkpoints: Effect.fnUntraced(function* ({ params }) {
        return { data: yield* reports.checkpoints(yield* jobRefOf(params.id)) }
      }, answering),

      logs: Effect.fnUntraced(function* ({ params, query: { after, limit = DEFAULT_LOG_LINES } }) {
        const ref = yield* jobRefOf(params.id)
        return { data: yield* reports.logs(ref, { limit, ...(after !== undefined && { after }) }) }
      }, answering),

      cancel: Effect.fnUntraced(function* ({ params }) {
        const ref = yield* jobRefOf(params.id)
        yield* refuseOthersJobs(jobs, ref)
        const job = yield* jobs.cancel(ref)
        return { data: job }
      }, answering),

      retry: Effect.fnUntraced(function* ({ params, payload }) {
        const job = yield* jobs.retry(yield* jobRefOf(params.id), payload ?? {})
        return HttpApiSchema.withHeaders({ body: { data: job }, headers: { location: locationOf(job) } })
      }, answering),

      input: Effect.fnUntraced(function* ({ params, payload }) {
        return { data: yield* jobs.answer(yield* jobRefOf(params.id), payload) }
      }, answering),

      remove: Effect.fnUntraced(function* ({ params }) {
        const ref = yield* jobRefOf(params.id)
        yield* refuseOthersJobs(jobs, ref)
        const job = yield* removeOrCancel(jobs, ref)
        return job === undefined ? HttpServerResponse.empty({ status: 204 }) : { data: job }
      }, answering)
    })
  })
)
