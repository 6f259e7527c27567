/** The one table from a failure of the domain to what callers are told, and its JSON answer. */
import { Effect, Option, Predicate, Schema } from "effect"
import { HttpServerRequest } from "effect/http"
import type { ApiKeyNotFound } from "../domain/ApiKeys.ts"
import type { ArtifactNotFound, ArtifactsUnavailable } from "../domain/Artifacts.ts"
import { whoMay, whoMayRule } from "../domain/Caller.ts"
import { ClocksDiffer } from "../domain/ClocksDiffer.ts"
import type { CredentialRefused, CredentialsUnavailable, CredentialUnusable } from "../domain/Credentials.ts"
import type { InvalidAnswer, PromptClosed, PromptNotFound } from "../domain/JobPrompt.ts"
import type { BatchNotFound, InvalidCursor } from "../domain/JobReports.ts"
import type { ScheduleCannotRun, ScheduleNameTaken, ScheduleNotFound } from "../domain/JobSchedules.ts"
import type {
  BatchRefused,
  DedupeKeyTaken,
  IdempotencyMismatch,
  JobConflict,
  JobNotFound,
  JobsUnavailable,
  UnknownDependency,
  UnknownStep
} from "../domain/Jobs.ts"
import type { InvalidInput, UnknownJobType } from "../domain/JobType.ts"
import type { NotAllowed } from "../domain/NotAllowed.ts"
import {
  MOST_WEBHOOKS,
  type TooManyWebhooks,
  type WebhookNotFound,
  type WebhookUrlRefused,
  webhookUrlIssue
} from "../domain/Webhooks.ts"
import { closedPromptText } from "../views/ClosedPromptText.ts"
import {
  CredentialsRefusedProblem,
  CredentialsUnusableProblem,
  Forbidden,
  IdentityUnavailable,
  KeyNotFoundProblem
} from "./api/identityProblems.ts"
import {
  ApiProblem,
  ArtifactNotFoundProblem,
  ArtifactUnavailableProblem,
  BatchNotFoundProblem,
  DedupeKeyTakenProblem,
  IdempotencyInFlightProblem,
  IdempotencyMismatchProblem,
  InvalidCursorProblem,
  JobConflictProblem,
  JobNotFoundProblem,
  PromptClosedProblem,
  PromptNotFoundProblem,
  ScheduleCannotRunProblem,
  ScheduleNameTakenProblem,
  ScheduleNotFoundProblem,
  ServiceUnavailable,
  TooManyWebhooksProblem,
  UnknownDependencyProblem,
  UnknownJobTypeProblem,
  UnknownStepProblem,
  ValidationFailed,
  WebhookNotFoundProblem
} from "./api/problems.ts"
import { sayUnavailable } from "./sayUnavailable.ts"

export type DomainError =
  | ApiKeyNotFound
  | ArtifactNotFound
  | ArtifactsUnavailable
  | BatchNotFound
  | BatchRefused
  | CredentialRefused
  | CredentialUnusable
  | CredentialsUnavailable
  | DedupeKeyTaken
  | IdempotencyMismatch
  | InvalidAnswer
  | InvalidCursor
  | InvalidInput
  | JobConflict
  | JobNotFound
  | JobsUnavailable
  | NotAllowed
  | PromptClosed
  | PromptNotFound
  | ScheduleCannotRun
  | ScheduleNameTaken
  | ScheduleNotFound
  | TooManyWebhooks
  | UnknownDependency
  | UnknownJobType
  | UnknownStep
  | WebhookNotFound
  | WebhookUrlRefused

/** SQLSTATEs of statements that are refused before they change anything: a full disk, and a server that is only read. */
const TAKES_NO_WRITES: ReadonlyArray<unknown> = ["53100", "25006"]

const unavailableDetail = ({ cause }: JobsUnavailable, isRead: boolean): string => {
  if (isRead) return "Try again in a moment."
  if (cause instanceof ClocksDiffer) return `Nothing was created. ${cause.message} Set them right, best with NTP.`
  return Predicate.hasProperty(cause, "code") && TAKES_NO_WRITES.includes(cause.code)
    ? "Nothing was changed; the database takes no writes."
    : "It is not known whether it was done. Look before you try again; with the same Idempotency-Key that is safe."
}

const table = {
  ApiKeyNotFound: (_: ApiKeyNotFound) =>
    new KeyNotFoundProblem({ detail: "GET /api/keys lists those of your organisation." }),
  ArtifactNotFound: (_: ArtifactNotFound) =>
    new ArtifactNotFoundProblem({ detail: "The job has no file of this name." }),
  ArtifactsUnavailable: ({ operation }: ArtifactsUnavailable) =>
    new ArtifactUnavailableProblem({
      detail:
        operation === "write"
          ? "It was not kept: its store does not answer, or has no space left."
          : "Its store does not answer, or it is on another machine. Set CALLBOARD_ARTIFACTS_URL for several machines."
    }),
  BatchNotFound: (_: BatchNotFound) =>
    new BatchNotFoundProblem({ detail: "Its jobs may have been removed after their retention." }),
  BatchRefused: (error: BatchRefused) =>
    new ValidationFailed({ detail: "No job was created. See errors for each wrong place.", errors: error.issues }),
  // The same for every wrong one: what is wrong with it is nobody's business who does not have a right one.
  CredentialRefused: ({ reason = "It is wrong, has expired or was revoked." }: CredentialRefused) =>
    new CredentialsRefusedProblem({ detail: reason }),
  CredentialUnusable: ({ reason }: CredentialUnusable) => new CredentialsUnusableProblem({ detail: reason }),
  CredentialsUnavailable: (_: CredentialsUnavailable) =>
    new IdentityUnavailable({ detail: "The keys that sign tokens (CALLBOARD_JWKS_URL) cannot be read. Try again." }),
  DedupeKeyTaken: (error: DedupeKeyTaken) =>
    new DedupeKeyTakenProblem({ detail: `${error.jobId} has to end first.`, jobId: error.jobId }),
  IdempotencyMismatch: ({ inFlight }: IdempotencyMismatch) =>
    inFlight === true
      ? new IdempotencyInFlightProblem({ detail: "Send it again in a moment: the answer is that of the first one." })
      : new IdempotencyMismatchProblem({ detail: "Use a new key for a new request." }),
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
  JobsUnavailable: (error: JobsUnavailable, isRead: boolean) =>
    new ServiceUnavailable({ detail: unavailableDetail(error, isRead) }),
  NotAllowed: ({ operation }: NotAllowed) => new Forbidden({ detail: notAllowedDetail(operation) }),
  InvalidAnswer: ({ message }: InvalidAnswer) =>
    new ValidationFailed({ detail: "The job still asks.", errors: [{ path: "value", message }] }),
  PromptClosed: (error: PromptClosed) =>
    new PromptClosedProblem({ detail: closedPromptText(error), reason: error.reason }),
  PromptNotFound: ({ jobId }: PromptNotFound) =>
    new PromptNotFoundProblem({ detail: `What ${jobId} asks now is its prompt, if it asks anything.` }),
  ScheduleCannotRun: ({ reason }: ScheduleCannotRun) => new ScheduleCannotRunProblem({ detail: reason }),
  ScheduleNameTaken: (_: ScheduleNameTaken) =>
    new ScheduleNameTakenProblem({ errors: [{ path: "name", message: "Expected a name that no other schedule has" }] }),
  ScheduleNotFound: (_: ScheduleNotFound) => new ScheduleNotFoundProblem({ detail: "It may have been removed." }),
  TooManyWebhooks: (_: TooManyWebhooks) =>
    new TooManyWebhooksProblem({
      detail: `An organisation has up to ${MOST_WEBHOOKS}. Remove one that is not needed.`
    }),
  WebhookNotFound: ({ deliveryId }: WebhookNotFound) =>
    new WebhookNotFoundProblem({
      detail:
        deliveryId === undefined
          ? "It may have been removed."
          : "The webhook is there. This delivery of it is not, or is older than 7 days."
    }),
  WebhookUrlRefused: (error: WebhookUrlRefused) => new ValidationFailed({ errors: [webhookUrlIssue(error)] }),
  UnknownDependency: (error: UnknownDependency) => unknownDependencyIn([], error),
  UnknownJobType: (error: UnknownJobType) =>
    new UnknownJobTypeProblem({
      detail:
        error.reason === undefined
          ? `This server does not know the job type "${error.jobType}".`
          : `The job type "${error.jobType}" is not available: ${error.reason}`,
      errors: [{ path: "jobType", message: `Use one of: ${error.known.join(", ")}.` }]
    }),
  UnknownStep: (error: UnknownStep) =>
    new UnknownStepProblem({
      detail: `There is no step "${error.step}".`,
      errors: [{ path: "from", message: `Use one of: ${["checkpoint", "start", ...error.known].join(", ")}.` }]
    })
}

/** What concerns all organisations. */
const RULING = ["pause", "resume", "pauseType", "resumeType", "cleanup"]

/** Endpoints let in whoever may do something there; the rest depends on the thing. */
const notAllowedDetail = (operation: string): string => {
  if (RULING.includes(operation)) return `Only ${whoMayRule} may do this.`
  // Of the types of jobs, only the one that changes many jobs is not for everybody who may create some.
  if (operation.startsWith("create")) return `Only ${whoMay.operate} may start jobs of this type.`
  return "Ask somebody with a role that does, or use a key that has one."
}

const conflictDetail = {
  cancel: ({ jobId, status }: JobConflict) => `${jobId} is ${status}, so there is nothing to cancel.`,
  retry: ({ jobId, status }: JobConflict) => `${jobId} is ${status}; only failed and cancelled jobs can be retried.`,
  remove: ({ jobId, status }: JobConflict) => `${jobId} is ${status}; only jobs that have ended can be removed.`
}

/** Points at the wrong places of the list that the caller sent. */
export function unknownDependencyIn(sent: ReadonlyArray<string>, { refs }: UnknownDependency) {
  const pathOf = (ref: string) => {
    const index = sent.findIndex((each) => each.toLowerCase() === ref.toLowerCase())
    return index < 0 ? "dependsOn" : `dependsOn[${index}]`
  }
  return new UnknownDependencyProblem({
    errors: refs.map((ref) => ({ path: pathOf(ref), message: `There is no job ${ref}.` }))
  })
}

const inputPath = (path: string) => (path === "" || path.startsWith("[") ? `input${path}` : `input.${path}`)

type Table = typeof table

type ProblemOf<E> = E extends DomainError ? ReturnType<Table[E["_tag"]]> : E

const isDomainError = (error: DomainError | ApiProblem): error is DomainError => error._tag in table

/** What callers are told about a failure, and whether they only wanted to read. */
export const toProblem = <E extends DomainError | ApiProblem>(error: E, isRead = false): ProblemOf<E> =>
  (isDomainError(error) ? table[error._tag](error as never, isRead) : error) as ProblemOf<E>

const isReading = (method: string) => method === "GET" || method === "HEAD"

/** Turns the failures of domain calls into problems. What callers are not told goes to the log. */
export const answering = <A, E extends DomainError | ApiProblem, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Effect.serviceOption(HttpServerRequest.HttpServerRequest), (request) =>
    answeringTo(Option.isSome(request) ? request.value.method : "")(effect)
  )

/** The same, for a caller whose request is not in the context. */
export const answeringTo =
  (method: string) =>
  <A, E extends DomainError | ApiProblem, R>(effect: Effect.Effect<A, E, R>) =>
    effect.pipe(
      Effect.tapError((error) =>
        error._tag === "CredentialsUnavailable"
          ? Effect.logWarning("the keys that sign tokens cannot be read", error.cause)
          : error._tag === "JobsUnavailable" || error._tag === "ArtifactsUnavailable"
            ? sayUnavailable(error)
            : Effect.void
      ),
      Effect.mapError((error) => toProblem(error, isReading(method)))
    )

const encode = Schema.encodeSync(ApiProblem)

/** The problem as an HTTP answer, with the headers that its status asks for. */
export const problemResponse = (problem: ApiProblem): Response =>
  new Response(JSON.stringify(encode(problem)), {
    status: problem.status,
    headers: { "content-type": "application/problem+json", ...problemHeaders(problem) }
  })

/** When the database is away: about as long as its restart takes. */
const DATABASE_SECONDS = "5"

/** Seconds after which a caller may ask again, where that follows from what they are told. */
export const retryAfterOf = (status: number, code: unknown): string | undefined => {
  // Most requests are done within it, so the next try is the last one.
  if (code === "IDEMPOTENCY_IN_FLIGHT" || code === "STARTING") return "1"
  if (code === "TOO_MANY_STREAMS") return "10"
  return status === 503 ? DATABASE_SECONDS : undefined
}

/** RFC 6750 section 3: without a credential there is nothing to say about it. */
const challengeOf = ({ _tag }: ApiProblem) =>
  _tag === "Unauthenticated" ? 'Bearer realm="callboard"' : 'Bearer realm="callboard", error="invalid_token"'

const problemHeaders = (problem: ApiProblem): Record<string, string> => {
  if (problem._tag === "MethodNotAllowed") return { allow: problem.allow.join(", ") }
  if (problem.status === 401) return { "www-authenticate": challengeOf(problem) }
  if (problem._tag === "TooManyTries") return { "retry-after": String(problem.retryAfterSeconds) }
  if (problem.status === 426) return { connection: "Upgrade", upgrade: "websocket" }
  if (problem._tag === "BodyTimeout") return { connection: "close" }
  const seconds = retryAfterOf(problem.status, problem.code)
  return seconds === undefined ? {} : { "retry-after": seconds }
}
