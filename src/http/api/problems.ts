/**
 * Everything that can go wrong, as the API says it: one RFC 9457 problem per code. `code` is what programs compare,
 * `type` points at the explanation in the reference page, `detail` is for people.
 */
import { Schema } from "effect"
import { StoredError } from "../../domain/JobError.ts"
import { ReadableJobId } from "../../domain/JobId.ts"
import { ClosedReason } from "../../domain/JobPrompt.ts"
import { JobStatus } from "../../domain/JobStatus.ts"
import { InputIssue } from "../../domain/JobType.ts"
import { identityCodes, identityProblems } from "./identityProblems.ts"
import { problemFrom } from "./problemFrom.ts"

/** Every code with its status. Codes never change their meaning. */
export const problemCodes = {
  ...identityCodes,
  BAD_JSON: { status: 400, title: "The body is not valid JSON" },
  BODY_TOO_DEEP: { status: 400, title: "The body is nested too deeply" },
  CROSS_SITE_REQUEST: { status: 403, title: "Requests from other web sites are refused" },
  JOB_NOT_FOUND: { status: 404, title: "There is no such job" },
  ARTIFACT_NOT_FOUND: { status: 404, title: "There is no such file" },
  BATCH_NOT_FOUND: { status: 404, title: "There is no such batch" },
  LANE_NOT_FOUND: { status: 404, title: "There is no such lane" },
  JOB_TYPE_NOT_FOUND: { status: 404, title: "There is no such job type" },
  NOT_FOUND: { status: 404, title: "There is nothing at this address" },
  METHOD_NOT_ALLOWED: { status: 405, title: "This address does not take this method" },
  BODY_TIMEOUT: { status: 408, title: "The body took too long to arrive" },
  JOB_CONFLICT: { status: 409, title: "The job's status does not allow this" },
  PROMPT_NOT_FOUND: { status: 404, title: "The job never asked this" },
  PROMPT_CLOSED: { status: 409, title: "The job does not ask this any more" },
  DEDUPE_KEY_TAKEN: { status: 409, title: "Another job with the same dedupeKey has not ended" },
  SCHEDULE_NOT_FOUND: { status: 404, title: "There is no such schedule" },
  SCHEDULE_NAME_TAKEN: { status: 409, title: "Another schedule has this name" },
  SCHEDULE_CANNOT_RUN: { status: 409, title: "The schedule cannot make a job now" },
  IDEMPOTENCY_IN_FLIGHT: { status: 409, title: "A request with this Idempotency-Key is being worked on" },
  JOB_FAILED: { status: 502, title: "The job did not complete" },
  WEBHOOK_NOT_FOUND: { status: 404, title: "There is no such webhook" },
  TOO_MANY_WEBHOOKS: { status: 409, title: "There are as many webhooks as there may be" },
  BODY_TOO_LARGE: { status: 413, title: "The body is too large" },
  URI_TOO_LONG: { status: 414, title: "The address is too long" },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: "The body has to be JSON" },
  HOST_NOT_ALLOWED: { status: 421, title: "This server does not answer for that host name" },
  VALIDATION_FAILED: { status: 422, title: "The request has wrong values" },
  UNKNOWN_JOB_TYPE: { status: 422, title: "There is no such job type" },
  UNKNOWN_DEPENDENCY: { status: 422, title: "A job that it depends on does not exist" },
  UNKNOWN_STEP: { status: 422, title: "The job type has no such step" },
  IDEMPOTENCY_MISMATCH: { status: 422, title: "This Idempotency-Key was used for another request" },
  INVALID_CURSOR: { status: 422, title: "The cursor is not valid for this list" },
  UPGRADE_REQUIRED: { status: 426, title: "This address speaks WebSocket" },
  TOO_MANY_STREAMS: { status: 429, title: "This caller has too many open streams" },
  RATE_LIMITED: { status: 429, title: "Too many requests" },
  INTERNAL: { status: 500, title: "Something went wrong here" },
  ARTIFACT_UNAVAILABLE: { status: 503, title: "The file cannot be read or kept right now" },
  SERVER_BUSY: { status: 503, title: "The server works on as many requests as it can" },
  STARTING: { status: 503, title: "Callboard is starting" },
  SERVICE_UNAVAILABLE: { status: 503, title: "The database cannot be used right now" }
} as const

const problem = problemFrom(problemCodes)

/** One wrong value: where it is in the body or which parameter, and why. Never the value itself. */
const errors = Schema.Array(InputIssue)

export class BadJson extends problem<BadJson>()("BadJson", "BAD_JSON") {}

export class ValidationFailed extends problem<ValidationFailed>()("ValidationFailed", "VALIDATION_FAILED", {
  errors
}) {}

export class UnknownJobTypeProblem extends problem<UnknownJobTypeProblem>()(
  "UnknownJobTypeProblem",
  "UNKNOWN_JOB_TYPE",
  { errors }
) {}

export class IdempotencyMismatchProblem extends problem<IdempotencyMismatchProblem>()(
  "IdempotencyMismatchProblem",
  "IDEMPOTENCY_MISMATCH"
) {}

export class IdempotencyInFlightProblem extends problem<IdempotencyInFlightProblem>()(
  "IdempotencyInFlightProblem",
  "IDEMPOTENCY_IN_FLIGHT"
) {}

export class InvalidCursorProblem extends problem<InvalidCursorProblem>()("InvalidCursorProblem", "INVALID_CURSOR", {
  errors
}) {}

export class JobNotFoundProblem extends problem<JobNotFoundProblem>()("JobNotFoundProblem", "JOB_NOT_FOUND") {}

export class JobConflictProblem extends problem<JobConflictProblem>()("JobConflictProblem", "JOB_CONFLICT", {
  jobStatus: JobStatus
}) {}

export class JobFailedProblem extends problem<JobFailedProblem>()("JobFailedProblem", "JOB_FAILED", {
  jobId: ReadableJobId,
  jobStatus: JobStatus,
  /** Why; its code is what programs compare. Absent for a job that was cancelled. */
  jobError: Schema.optionalKey(StoredError)
}) {}

export class PromptNotFoundProblem extends problem<PromptNotFoundProblem>()(
  "PromptNotFoundProblem",
  "PROMPT_NOT_FOUND"
) {}

export class PromptClosedProblem extends problem<PromptClosedProblem>()("PromptClosedProblem", "PROMPT_CLOSED", {
  reason: ClosedReason
}) {}

export class BatchNotFoundProblem extends problem<BatchNotFoundProblem>()("BatchNotFoundProblem", "BATCH_NOT_FOUND") {}

export class ArtifactNotFoundProblem extends problem<ArtifactNotFoundProblem>()(
  "ArtifactNotFoundProblem",
  "ARTIFACT_NOT_FOUND"
) {}

export class ArtifactUnavailableProblem extends problem<ArtifactUnavailableProblem>()(
  "ArtifactUnavailableProblem",
  "ARTIFACT_UNAVAILABLE"
) {}

export class LaneNotFoundProblem extends problem<LaneNotFoundProblem>()("LaneNotFoundProblem", "LANE_NOT_FOUND") {}

export class JobTypeNotFoundProblem extends problem<JobTypeNotFoundProblem>()(
  "JobTypeNotFoundProblem",
  "JOB_TYPE_NOT_FOUND"
) {}

export class DedupeKeyTakenProblem extends problem<DedupeKeyTakenProblem>()(
  "DedupeKeyTakenProblem",
  "DEDUPE_KEY_TAKEN",
  { jobId: ReadableJobId }
) {}

export class UnknownDependencyProblem extends problem<UnknownDependencyProblem>()(
  "UnknownDependencyProblem",
  "UNKNOWN_DEPENDENCY",
  { errors }
) {}

export class UnknownStepProblem extends problem<UnknownStepProblem>()("UnknownStepProblem", "UNKNOWN_STEP", {
  errors
}) {}

export class ScheduleNotFoundProblem extends problem<ScheduleNotFoundProblem>()(
  "ScheduleNotFoundProblem",
  "SCHEDULE_NOT_FOUND"
) {}

export class ScheduleNameTakenProblem extends problem<ScheduleNameTakenProblem>()(
  "ScheduleNameTakenProblem",
  "SCHEDULE_NAME_TAKEN",
  { errors }
) {}

export class ScheduleCannotRunProblem extends problem<ScheduleCannotRunProblem>()(
  "ScheduleCannotRunProblem",
  "SCHEDULE_CANNOT_RUN"
) {}

export class WebhookNotFoundProblem extends problem<WebhookNotFoundProblem>()(
  "WebhookNotFoundProblem",
  "WEBHOOK_NOT_FOUND"
) {}

export class TooManyWebhooksProblem extends problem<TooManyWebhooksProblem>()(
  "TooManyWebhooksProblem",
  "TOO_MANY_WEBHOOKS"
) {}

export class UnsupportedMediaType extends problem<UnsupportedMediaType>()(
  "UnsupportedMediaType",
  "UNSUPPORTED_MEDIA_TYPE"
) {}

export class BodyTooLarge extends problem<BodyTooLarge>()("BodyTooLarge", "BODY_TOO_LARGE") {}

export class RouteNotFound extends problem<RouteNotFound>()("RouteNotFound", "NOT_FOUND") {}

export class MethodNotAllowed extends problem<MethodNotAllowed>()("MethodNotAllowed", "METHOD_NOT_ALLOWED", {
  allow: Schema.Array(Schema.String)
}) {}

export class CrossSiteRequest extends problem<CrossSiteRequest>()("CrossSiteRequest", "CROSS_SITE_REQUEST") {}

export class HostNotAllowed extends problem<HostNotAllowed>()("HostNotAllowed", "HOST_NOT_ALLOWED") {}

export class BodyTooDeep extends problem<BodyTooDeep>()("BodyTooDeep", "BODY_TOO_DEEP") {}

export class BodyTimeout extends problem<BodyTimeout>()("BodyTimeout", "BODY_TIMEOUT") {}

export class UriTooLong extends problem<UriTooLong>()("UriTooLong", "URI_TOO_LONG") {}

export class RateLimited extends problem<RateLimited>()("RateLimited", "RATE_LIMITED") {}

export class ServerBusy extends problem<ServerBusy>()("ServerBusy", "SERVER_BUSY") {}

export class ServiceUnavailable extends problem<ServiceUnavailable>()("ServiceUnavailable", "SERVICE_UNAVAILABLE") {}

/** Nothing is served yet. */
export class Starting extends problem<Starting>()("Starting", "STARTING") {}

export class UpgradeRequired extends problem<UpgradeRequired>()("UpgradeRequired", "UPGRADE_REQUIRED") {}

export class TooManyStreamsProblem extends problem<TooManyStreamsProblem>()(
  "TooManyStreamsProblem",
  "TOO_MANY_STREAMS"
) {}

export class InternalProblem extends problem<InternalProblem>()("InternalProblem", "INTERNAL", {
  /** Finds the failure in the log of the process. */ reference: Schema.String
}) {}

const problems = [
  ...identityProblems,
  BadJson,
  CrossSiteRequest,
  RouteNotFound,
  JobNotFoundProblem,
  ArtifactNotFoundProblem,
  ArtifactUnavailableProblem,
  BatchNotFoundProblem,
  LaneNotFoundProblem,
  JobTypeNotFoundProblem,
  MethodNotAllowed,
  JobConflictProblem,
  JobFailedProblem,
  PromptNotFoundProblem,
  PromptClosedProblem,
  DedupeKeyTakenProblem,
  ScheduleNotFoundProblem,
  ScheduleNameTakenProblem,
  ScheduleCannotRunProblem,
  WebhookNotFoundProblem,
  TooManyWebhooksProblem,
  BodyTooDeep,
  BodyTimeout,
  BodyTooLarge,
  UriTooLong,
  UnsupportedMediaType,
  RateLimited,
  ServerBusy,
  Starting,
  HostNotAllowed,
  ValidationFailed,
  UnknownJobTypeProblem,
  UnknownDependencyProblem,
  UnknownStepProblem,
  IdempotencyInFlightProblem,
  IdempotencyMismatchProblem,
  InvalidCursorProblem,
  UpgradeRequired,
  TooManyStreamsProblem,
  InternalProblem,
  ServiceUnavailable
] as const

export const ApiProblem = Schema.Union(problems)
export type ApiProblem = typeof ApiProblem.Type
