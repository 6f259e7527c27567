/** Jobs and what belongs to them, as tests need them. */
import { DateTime, Duration, Effect, Schema } from "effect"
import type { AiCall, AiUse } from "../../src/domain/AiCalls.ts"
import { Attempt, LogLine, StepRun } from "../../src/domain/Attempt.ts"
import { Job } from "../../src/domain/Job.ts"
import { readableJobId } from "../../src/domain/JobId.ts"
import type { FailureGroup } from "../../src/domain/JobReports.ts"
import { defineJobType } from "../../src/domain/JobType.ts"
import { StatisticsReport } from "../../src/domain/Statistics.ts"

const decodeJob = Schema.decodeUnknownSync(Job)

export const CREATED_AT = "2026-03-01T10:00:00.000Z"

let made = 0

/** A pending job. Fields are given in their JSON form. */
export const aJob = (fields: Readonly<Record<string, unknown>> = {}): Job => {
  const at = (fields.createdAt as string | undefined) ?? CREATED_AT
  made += 1
  return decodeJob({
    id: Bun.randomUUIDv7(),
    jobId: readableJobId(DateTime.makeUnsafe(at), new Uint8Array([0, 0, made >> 8, made])),
    jobType: "greet",
    status: "pending",
    lane: "default",
    priority: 0,
    input: { name: "Ada" },
    progress: { percent: 0, totalSteps: 1 },
    attempts: 0,
    retryCount: 0,
    maxRetries: 3,
    runAt: at,
    createdAt: at,
    updatedAt: at,
    expiresAt: "2126-03-02T10:00:00.000Z",
    timeoutMs: 600_000,
    organisationId: "default",
    dependsOn: [],
    onDependencyFailure: "fail",
    labels: [],
    revision: 1,
    ...fields
  })
}

export const greet = defineJobType({
  name: "greet",
  title: "Greet",
  description: "Says hello.",
  lane: "default",
  input: Schema.Struct({
    name: Schema.String.check(Schema.isNonEmpty()),
    tags: Schema.optionalKey(Schema.Array(Schema.Struct({ name: Schema.String })))
  }),
  result: Schema.Struct({ text: Schema.String }),
  steps: [{ name: "say", title: "Say it" }],
  example: { name: "Ada" },
  timeout: Duration.minutes(2),
  run: () => Effect.succeed({ text: "hello" })
})

const decode = Schema.decodeUnknownSync

export const aFailureGroup: FailureGroup = {
  fingerprint: "greet/say/TIMEOUT/1a2b",
  jobType: "greet",
  step: "say",
  code: "TIMEOUT",
  jobs: 31,
  restaurants: 4,
  firstFailedAt: DateTime.makeUnsafe(CREATED_AT),
  lastFailedAt: DateTime.makeUnsafe(CREATED_AT),
  latestJobId: aJob().jobId,
  latestMessage: "Nobody answered"
}

export const anAttempt = decode(Attempt)({ attempt: 1, worker: "w1", startedAt: CREATED_AT })
export const aStep = decode(StepRun)({ name: "say", attempt: 1, startedAt: CREATED_AT, kept: false })
export const aLine = decode(LogLine)({ id: 7, attempt: 1, at: CREATED_AT, level: "info", message: "hello" })

const none = { completed: 0, failed: 0, cancelled: 0, isEstimate: false }

export const aReport = decode(StatisticsReport)({
  at: CREATED_AT,
  basis: { jobs: 3, since: CREATED_AT, isWhole: true },
  lanes: [{ lane: "default", counts: { pending: 1, in_progress: 1, completed: 1, failed: 0, cancelled: 0 } }],
  throughput: { minute: none, hour: none, day: { ...none, completed: 1 } },
  successRate: 1,
  types: [
    { jobType: "greet", completed: 1, failed: 0, cancelled: 0, successRate: 1, durationMs: { p50: 20, p95: 90 } }
  ],
  deprecated: []
})
export const anAiCall: AiCall = {
  id: "018f0000-0000-7000-8000-00000000a1ca",
  attempt: 1,
  step: "outline",
  model: "small",
  outcome: "answered",
  askedAt: DateTime.makeUnsafe(CREATED_AT),
  durationMs: 1_200,
  inputTokens: 100,
  outputTokens: 50,
  costUsd: 0.02,
  prompt: "user: Plan a trip for [name].",
  answer: "{}"
}

export const anAiUse: AiUse = {
  calls: 1,
  inputTokens: 100,
  outputTokens: 50,
  costUsd: 0.02,
  steps: [{ step: "outline", calls: 1, inputTokens: 100, outputTokens: 50, costUsd: 0.02 }]
}
