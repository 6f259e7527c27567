import { Duration, Effect } from "effect"
import { HttpApiBuilder, HttpApiSchema } from "effect/http-api"
import type { Job } from "../../domain/Job.ts"
import { isTerminal } from "../../domain/JobStatus.ts"
import { Jobs } from "../../domain/Jobs.ts"
import { JobTypes } from "../../domain/JobType.ts"
import { Statistics } from "../../domain/Statistics.ts"
import { deprecation } from "../deprecation.ts"
import { answering } from "../errorResponse.ts"
import { Api } from "./Api.ts"
import { keyOption, locationOf, replayedHeader } from "./endpointParts.ts"
import { JobFailedProblem, JobTypeNotFoundProblem, ValidationFailed } from "./problems.ts"
import { readWhenEnded } from "./statusWait.ts"

/** Most gateways wait 30 seconds for an answer. */
const WAIT = Duration.seconds(25)

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
        const { job, replayed } = yield* jobs.create({ jobType, input: payload }, keyOption(headers)).pipe(
          Effect.catchTags({
            UnknownJobType: () =>
              new JobTypeNotFoundProblem({ detail: `Use one of: ${all.map(({ name }) => name).join(", ")}.` }),
            // The body is the input, so that is what its places are named after.
            InvalidInput: ({ issues, jobType: type }) =>
              new ValidationFailed({ detail: `The input does not fit the job type "${type}".`, errors: issues }),
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
