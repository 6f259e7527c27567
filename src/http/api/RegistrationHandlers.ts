import { Duration, Effect } from "effect"
import { HttpEffect, HttpServerResponse } from "effect/http"
import { HttpApiBuilder, HttpApiSchema } from "effect/http-api"
import type { Job } from "../../domain/Job.ts"
import { isTerminal } from "../../domain/JobStatus.ts"
import { Jobs } from "../../domain/Jobs.ts"
import { JobTypes } from "../../domain/JobType.ts"
import { Statistics } from "../../domain/Statistics.ts"
import { answering } from "../errorResponse.ts"
import { Api } from "./Api.ts"
import { keyOption, locationOf, replayedHeader } from "./endpointParts.ts"
import { JobFailedProblem, JobTypeNotFoundProblem } from "./problems.ts"
import { readWhenEnded } from "./statusWait.ts"

/** Most gateways wait 30 seconds for an answer. */
const WAIT = Duration.seconds(25)

/** Since 1 November 2026, in seconds, as RFC 9745 wants it. */
const DEPRECATION = `@${Date.UTC(2026, 10, 1) / 1_000}`

/** A year is enough for the slowest team; the date is in every answer. */
const SUNSET = new Date(Date.UTC(2027, 10, 1)).toUTCString()

const LINK = '</api/jobs>; rel="successor-version", </api/docs#registration.register>; rel="deprecation"'

const deprecation = { deprecation: DEPRECATION, sunset: SUNSET, link: LINK }

/** In every answer, also in one that says what was wrong. */
const sayDeprecated = HttpEffect.appendPreResponseHandler((_, response) =>
  Effect.succeed(HttpServerResponse.setHeaders(response, deprecation))
)

const failed = ({ error, jobId, status }: Job) =>
  new JobFailedProblem({
    detail: error?.message ?? `${jobId} is ${status}.`,
    jobId,
    jobStatus: status,
    ...(error && { jobError: error })
  })

export const layer = HttpApiBuilder.group(
  Api,
  "registration",
  Effect.fnUntraced(function* (handlers) {
    const jobs = yield* Jobs
    const { all } = yield* JobTypes
    const { countDeprecatedUse } = yield* Statistics

    /** Counting is not worth failing for: the job is made, and who made it waits for its result. */
    const count = (jobType: string, { jobId }: Job) =>
      Effect.logWarning("a deprecated endpoint was used").pipe(
        Effect.andThen(countDeprecatedUse(`POST /api/registration/${jobType}`)),
        Effect.catch((error) => Effect.logWarning("its use was not counted", error.cause)),
        Effect.annotateLogs({ endpoint: `POST /api/registration/${jobType}`, jobId })
      )

    return handlers.handleAll({
      register: Effect.fnUntraced(function* ({ headers, params: { jobType }, payload }) {
        yield* sayDeprecated
        const { job, replayed } = yield* jobs.create({ jobType, input: payload }, keyOption(headers)).pipe(
          Effect.catchTags({
            UnknownJobType: () =>
              new JobTypeNotFoundProblem({ detail: `Use one of: ${all.map(({ name }) => name).join(", ")}.` }),
            // It names no other jobs.
            UnknownDependency: Effect.die
          })
        )
        yield* count(jobType, job)
        const ended = yield* readWhenEnded(job.id, WAIT)
        if (isTerminal(ended.status) && ended.status !== "completed") return yield* failed(ended)
        const answerHeaders = { ...deprecation, ...replayedHeader(replayed), location: locationOf(ended) }
        if (ended.status !== "completed") {
          return HttpApiSchema.withHeaders({ body: { data: ended }, headers: answerHeaders })
        }
        return HttpApiSchema.withHeaders({ body: { data: ended.result ?? null }, headers: answerHeaders })
      }, answering)
    })
  })
)
