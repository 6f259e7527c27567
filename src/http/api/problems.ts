/**
 * Everything that can go wrong, as the API says it: one RFC 9457 problem per code. `code` is what programs compare,
 * `type` points at the explanation in the reference page, `detail` is for people.
 */
import { Schema } from "effect"
import { HttpApiError } from "effect/http-api"
import { StoredError } from "../../domain/JobError.ts"
import { ReadableJobId } from "../../domain/JobId.ts"
import { ClosedReason } from "../../domain/JobPrompt.ts"
import { JobStatus } from "../../domain/JobStatus.ts"
import { InputIssue } from "../../domain/JobType.ts"
import { declareFrom } from "./declareFrom.ts"
import { identityCodes, identityProblems } from "./identityProblems.ts"

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
  ARTIFACT_UNAVAILABLE: { status: 503, title: "The file cannot be read right now" },
  SERVER_BUSY: { status: 503, title: "The server works on as many requests as it can" },
  SERVICE_UNAVAILABLE: { status: 503, title: "The database cannot be reached right now" }
} as const

export type ProblemCode = keyof typeof problemCodes

const declare = declareFrom(problemCodes)

/** One wrong value: where it is in the body or which parameter, and why. Never the value itself. */
const errors = Schema.Array(InputIssue)

export class BadJson extends HttpApiError.Problem<BadJson>()("BadJson", declare("BAD_JSON"), {
  code: Schema.tag("BAD_JSON")
}) {}

export class ValidationFailed extends HttpApiError.Problem<ValidationFailed>()(
  "ValidationFailed",
  declare("VALIDATION_FAILED"),
  { code: Schema.tag("VALIDATION_FAILED"), errors }
) {}

export class UnknownJobTypeProblem extends HttpApiError.Problem<UnknownJobTypeProblem>()(
  "UnknownJobTypeProblem",
  declare("UNKNOWN_JOB_TYPE"),
  { code: Schema.tag("UNKNOWN_JOB_TYPE"), errors }
) {}

export class IdempotencyMismatchProblem extends HttpApiError.Problem<IdempotencyMismatchProblem>()(
  "IdempotencyMismatchProblem",
  declare("IDEMPOTENCY_MISMATCH"),
  { code: Schema.tag("IDEMPOTENCY_MISMATCH") }
) {}

export class IdempotencyInFlightProblem extends HttpApiError.Problem<IdempotencyInFlightProblem>()(
  "IdempotencyInFlightProblem",
  declare("IDEMPOTENCY_IN_FLIGHT"),
  { code: Schema.tag("IDEMPOTENCY_IN_FLIGHT") }
) {}

export class InvalidCursorProblem extends HttpApiError.Problem<InvalidCursorProblem>()(
  "InvalidCursorProblem",
  declare("INVALID_CURSOR"),
  { code: Schema.tag("INVALID_CURSOR"), errors }
) {}

export class JobNotFoundProblem extends HttpApiError.Problem<JobNotFoundProblem>()(
  "JobNotFoundProblem",
  declare("JOB_NOT_FOUND"),
  { code: Schema.tag("JOB_NOT_FOUND") }
) {}

export class JobConflictProblem extends HttpApiError.Problem<JobConflictProblem>()(
  "JobConflictProblem",
  declare("JOB_CONFLICT"),
  { code: Schema.tag("JOB_CONFLICT"), jobStatus: JobStatus }
) {}

export class JobFailedProblem extends HttpApiError.Problem<JobFailedProblem>()(
  "JobFailedProblem",
  declare("JOB_FAILED"),
  {
    code: Schema.tag("JOB_FAILED"),
    jobId: ReadableJobId,
    jobStatus: JobStatus,
    /** Why; its code is what programs compare. Absent for a job that was cancelled. */
    jobError: Schema.optionalKey(StoredError)
  }
) {}

export class PromptNotFoundProblem extends HttpApiError.Problem<PromptNotFoundProblem>()(
  "PromptNotFoundProblem",
  declare("PROMPT_NOT_FOUND"),
  { code: Schema.tag("PROMPT_NOT_FOUND") }
) {}

export class PromptClosedProblem extends HttpApiError.Problem<PromptClosedProblem>()(
  "PromptClosedProblem",
  declare("PROMPT_CLOSED"),
  { code: Schema.tag("PROMPT_CLOSED"), reason: ClosedReason }
) {}

export class BatchNotFoundProblem extends HttpApiError.Problem<BatchNotFoundProblem>()(
  "BatchNotFoundProblem",
  declare("BATCH_NOT_FOUND"),
  { code: Schema.tag("BATCH_NOT_FOUND") }
) {}

export class ArtifactNotFoundProblem extends HttpApiError.Problem<ArtifactNotFoundProblem>()(
  "ArtifactNotFoundProblem",
  declare("ARTIFACT_NOT_FOUND"),
  { code: Schema.tag("ARTIFACT_NOT_FOUND") }
) {}

export class ArtifactUnavailableProblem extends HttpApiError.Problem<ArtifactUnavailableProblem>()(
  "ArtifactUnavailableProblem",
  declare("ARTIFACT_UNAVAILABLE"),
  { code: Schema.tag("ARTIFACT_UNAVAILABLE") }
) {}

export class LaneNotFoundProblem extends HttpApiError.Problem<LaneNotFoundProblem>()(
  "LaneNotFoundProblem",
  declare("LANE_NOT_FOUND"),
  { code: Schema.tag("LANE_NOT_FOUND") }
) {}

export class JobTypeNotFoundProblem extends HttpApiError.Problem<JobTypeNotFoundProblem>()(
  "JobTypeNotFoundProblem",
  declare("JOB_TYPE_NOT_FOUND"),
  { code: Schema.tag("JOB_TYPE_NOT_FOUND") }
) {}

export class DedupeKeyTakenProblem extends HttpApiError.Problem<DedupeKeyTakenProblem>()(
  "DedupeKeyTakenProblem",
  declare("DEDUPE_KEY_TAKEN"),
  { code: Schema.tag("DEDUPE_KEY_TAKEN"), jobId: ReadableJobId }
) {}

export class UnknownDependencyProblem extends HttpApiError.Problem<UnknownDependencyProblem>()(
  "UnknownDependencyProblem",
  declare("UNKNOWN_DEPENDENCY"),
  { code: Schema.tag("UNKNOWN_DEPENDENCY"), errors }
) {}

export class UnknownStepProblem extends HttpApiError.Problem<UnknownStepProblem>()(
  "UnknownStepProblem",
  declare("UNKNOWN_STEP"),
  { code: Schema.tag("UNKNOWN_STEP"), errors }
) {}

export class ScheduleNotFoundProblem extends HttpApiError.Problem<ScheduleNotFoundProblem>()(
  "ScheduleNotFoundProblem",
  declare("SCHEDULE_NOT_FOUND"),
  { code: Schema.tag("SCHEDULE_NOT_FOUND") }
) {}

export class ScheduleNameTakenProblem extends HttpApiError.Problem<ScheduleNameTakenProblem>()(
  "ScheduleNameTakenProblem",
  declare("SCHEDULE_NAME_TAKEN"),
  { code: Schema.tag("SCHEDULE_NAME_TAKEN"), errors }
) {}

export class ScheduleCannotRunProblem extends HttpApiError.Problem<ScheduleCannotRunProblem>()(
  "ScheduleCannotRunProblem",
  declare("SCHEDULE_CANNOT_RUN"),
  { code: Schema.tag("SCHEDULE_CANNOT_RUN") }
) {}

export class WebhookNotFoundProblem extends HttpApiError.Problem<WebhookNotFoundProblem>()(
  "WebhookNotFoundProblem",
  declare("WEBHOOK_NOT_FOUND"),
  { code: Schema.tag("WEBHOOK_NOT_FOUND") }
) {}

export class TooManyWebhooksProblem extends HttpApiError.Problem<TooManyWebhooksProblem>()(
  "TooManyWebhooksProblem",
  declare("TOO_MANY_WEBHOOKS"),
  { code: Schema.tag("TOO_MANY_WEBHOOKS") }
) {}

export class UnsupportedMediaType extends HttpApiError.Problem<UnsupportedMediaType>()(
  "UnsupportedMediaType",
  declare("UNSUPPORTED_MEDIA_TYPE"),
  { code: Schema.tag("UNSUPPORTED_MEDIA_TYPE") }
) {}

export class BodyTooLarge extends HttpApiError.Problem<BodyTooLarge>()("BodyTooLarge", declare("BODY_TOO_LARGE"), {
  code: Schema.tag("BODY_TOO_LARGE")
}) {}

export class RouteNotFound extends HttpApiError.Problem<RouteNotFound>()("RouteNotFound", declare("NOT_FOUND"), {
  code: Schema.tag("NOT_FOUND")
}) {}

export class MethodNotAllowed extends HttpApiError.Problem<MethodNotAllowed>()(
  "MethodNotAllowed",
  declare("METHOD_NOT_ALLOWED"),
  { code: Schema.tag("METHOD_NOT_ALLOWED"), allow: Schema.Array(Schema.String) }
) {}

export class CrossSiteRequest extends HttpApiError.Problem<CrossSiteRequest>()(
  "CrossSiteRequest",
  declare("CROSS_SITE_REQUEST"),
  { code: Schema.tag("CROSS_SITE_REQUEST") }
) {}

export class HostNotAllowed extends HttpApiError.Problem<HostNotAllowed>()(
  "HostNotAllowed",
  declare("HOST_NOT_ALLOWED"),
  { code: Schema.tag("HOST_NOT_ALLOWED") }
) {}

export class BodyTooDeep extends HttpApiError.Problem<BodyTooDeep>()("BodyTooDeep", declare("BODY_TOO_DEEP"), {
  code: Schema.tag("BODY_TOO_DEEP")
}) {}

export class BodyTimeout extends HttpApiError.Problem<BodyTimeout>()("BodyTimeout", declare("BODY_TIMEOUT"), {
  code: Schema.tag("BODY_TIMEOUT")
}) {}

export class UriTooLong extends HttpApiError.Problem<UriTooLong>()("UriTooLong", declare("URI_TOO_LONG"), {
  code: Schema.tag("URI_TOO_LONG")
}) {}

export class RateLimited extends HttpApiError.Problem<RateLimited>()("RateLimited", declare("RATE_LIMITED"), {
  code: Schema.tag("RATE_LIMITED")
}) {}

export class ServerBusy extends HttpApiError.Problem<ServerBusy>()("ServerBusy", declare("SERVER_BUSY"), {
  code: Schema.tag("SERVER_BUSY")
}) {}

export class ServiceUnavailable extends HttpApiError.Problem<ServiceUnavailable>()(
  "ServiceUnavailable",
  declare("SERVICE_UNAVAILABLE"),
  { code: Schema.tag("SERVICE_UNAVAILABLE") }
) {}

export class UpgradeRequired extends HttpApiError.Problem<UpgradeRequired>()(
  "UpgradeRequired",
  declare("UPGRADE_REQUIRED"),
  { code: Schema.tag("UPGRADE_REQUIRED") }
) {}

export class TooManyStreamsProblem extends HttpApiError.Problem<TooManyStreamsProblem>()(
  "TooManyStreamsProblem",
  declare("TOO_MANY_STREAMS"),
  { code: Schema.tag("TOO_MANY_STREAMS") }
) {}

export class InternalProblem extends HttpApiError.Problem<InternalProblem>()("InternalProblem", declare("INTERNAL"), {
  code: Schema.tag("INTERNAL"),
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
