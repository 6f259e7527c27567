import { Effect, Option, Schema } from "effect"
import { HttpApiBuilder, HttpApiSchema } from "effect/http-api"
import { BulkJobs } from "../../domain/BulkJobs.ts"
import { BatchNotFound, JobReports } from "../../domain/JobReports.ts"
import { Jobs } from "../../domain/Jobs.ts"
import { Cleanup } from "../../domain/Upkeep.ts"
import { answering } from "../errorResponse.ts"
import { Api } from "./Api.ts"
import { toBulkRequest } from "./BulkBody.ts"
import { toCreateJob } from "./CreateJobBody.ts"
import { checkExpiry } from "./checkExpiry.ts"
import { keyOption, locationOf, replayedHeader } from "./endpointParts.ts"
import { BatchId } from "./JobListQuery.ts"

const batchIdOf = Schema.decodeOption(BatchId)

export const layer = HttpApiBuilder.group(
  Api,
  "manyJobs",
  Effect.fnUntraced(function* (handlers) {
    const jobs = yield* Jobs
    const reports = yield* JobReports
    const bulkJobs = yield* BulkJobs
    const { run } = yield* Cleanup

    return handlers.handleAll({
      createBatch: Effect.fnUntraced(function* ({ headers, payload }) {
        yield* checkExpiry(payload.jobs.map((request, index) => ({ path: `jobs[${index}].`, request })))
        const { replayed, ...created } = yield* jobs.createBatch(payload.jobs.map(toCreateJob), keyOption(headers))
        const location = `/api/batches/${created.batchId}`
        return HttpApiSchema.withHeaders({
          body: { data: created },
          headers: { location, ...replayedHeader(replayed) }
        })
      }, answering),

      batch: Effect.fnUntraced(function* ({ params: { id } }) {
        // What is no UUID names no batch, and is not looked up.
        if (Option.isNone(batchIdOf(id))) return yield* new BatchNotFound({ batchId: id })
        return { data: yield* reports.batch(id) }
      }, answering),

      bulk: Effect.fnUntraced(function* ({ headers, payload }) {
        const { job, replayed } = yield* bulkJobs.start(toBulkRequest(payload), keyOption(headers))
        return HttpApiSchema.withHeaders({
          body: { data: job },
          headers: { location: locationOf(job), ...replayedHeader(replayed) }
        })
      }, answering),

      failures: () => answering(Effect.map(reports.failures, (data) => ({ data }))),

      cleanup: () => answering(Effect.map(run, (data) => ({ data })))
    })
  })
)
