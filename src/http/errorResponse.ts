/** The one table from a failure of the domain to what callers are told, and its JSON answer. */
import { Effect, Schema } from "effect"
import type { InvalidCursor } from "../domain/JobReports.ts"
import type { ScheduleCannotRun, ScheduleNameTaken, ScheduleNotFound } from "../domain/JobSchedules.ts"
import type { IdempotencyMismatch, JobConflict, JobNotFound, JobsUnavailable } from "../domain/Jobs.ts"
import type { InvalidInput, UnknownJobType } from "../domain/JobType.ts"
import {
  ApiProblem,
  IdempotencyMismatchProblem,
  InvalidCursorProblem,
  JobConflictProblem,
  JobNotFoundProblem,
  ScheduleCannotRunProblem,
  ScheduleNameTakenProblem,
  ScheduleNotFoundProblem,
  ServiceUnavailable,
  UnknownJobTypeProblem,
  ValidationFailed
} from "./api/problems.ts"

export type DomainError =
  | IdempotencyMismatch
  | InvalidCursor
  | InvalidInput
  | JobConflict
  | JobNotFound
  | JobsUnavailable
  | ScheduleCannotRun
  | ScheduleNameTaken
  | ScheduleNotFound
  | UnknownJobType

const table = {
  IdempotencyMismatch: (_: IdempotencyMismatch) =>
    new IdempotencyMismatchProblem({ detail: "Use a new key for a new request." }),
  InvalidCursor: (_: InvalidCursor) =>
    new InvalidCursorProblem({
      errors: [{ path: "cursor", message: "Use the nextCursor of the same list with the same filters and order." }]
    }),
  InvalidInput: (error: InvalidInput) =>
    new ValidationFailed({
      detail: `The input does not fit the job type "${error.jobType}".`,
      errors: error.issues.map(({ path, message }) => ({ path: inputPath(path), message }))
    }),
  JobConflict: (error: JobConflict) =>
    new JobConflictProblem({ detail: conflictDetail[error.action](error), jobStatus: error.status }),
  JobNotFound: (_: JobNotFound) => new JobNotFoundProblem({ detail: "It may have been removed after its retention." }),
  JobsUnavailable: (_: JobsUnavailable) =>
    new ServiceUnavailable({
      detail:
        "It is not known whether it was done. Look before you try again; with the same Idempotency-Key that is safe."
    }),
  ScheduleCannotRun: ({ reason }: ScheduleCannotRun) => new ScheduleCannotRunProblem({ detail: reason }),
  ScheduleNameTaken: (_: ScheduleNameTaken) =>
    new ScheduleNameTakenProblem({ errors: [{ path: "name", message: "Expected a name that no other schedule has" }] }),
  ScheduleNotFound: (_: ScheduleNotFound) => new ScheduleNotFoundProblem({ detail: "It may have been removed." }),
  UnknownJobType: (error: UnknownJobType) =>
    new UnknownJobTypeProblem({
      errors: [{ path: "jobType", message: `Use one of: ${error.known.join(", ")}.` }]
    })
}

const conflictDetail = {
  cancel: ({ jobId, status }: JobConflict) => `${jobId} is ${status}, so there is nothing to cancel.`,
  retry: ({ jobId, status }: JobConflict) => `${jobId} is ${status}; only failed and cancelled jobs can be retried.`
}

const inputPath = (path: string) => (path === "" || path.startsWith("[") ? `input${path}` : `input.${path}`)

type Table = typeof table

/** What callers are told about a failure. */
export const toProblem = <E extends DomainError>(error: E): ReturnType<Table[E["_tag"]]> =>
  table[error._tag](error as never) as ReturnType<Table[E["_tag"]]>

/** Turns the failures of domain calls into problems. What callers are not told goes to the log. */
export const answering = <A, E extends DomainError, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(
    Effect.tapError((error) =>
      error._tag === "JobsUnavailable"
        ? Effect.logWarning(`jobs are unavailable: ${error.operation}`, error.cause)
        : Effect.void
    ),
    Effect.mapError((error) => toProblem(error))
  )

const encode = Schema.encodeSync(ApiProblem)

/** The problem as an HTTP answer, with the headers that its status asks for. */
export const problemResponse = (problem: ApiProblem): Response =>
  new Response(JSON.stringify(encode(problem)), {
    status: problem.status,
    headers: { "content-type": "application/problem+json", ...problemHeaders(problem) }
  })

/** Seconds after which a caller may ask again when the database is away: about as long as its restart takes. */
export const RETRY_AFTER_SECONDS = "5"

const problemHeaders = (problem: ApiProblem): Record<string, string> => {
  if (problem._tag === "MethodNotAllowed") return { allow: problem.allow.join(", ") }
  if (problem._tag === "ServiceUnavailable") return { "retry-after": RETRY_AFTER_SECONDS }
  return {}
}
