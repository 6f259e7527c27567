/**
 * The JSON of the API as it is on the wire: times are ISO 8601 texts in UTC, durations milliseconds. Written out, so that
 * a front end gets no types of the server; a test compares them with what the server declares.
 */

export type JobStatus = "pending" | "in_progress" | "completed" | "failed" | "cancelled"

/** What the input and the result of each job type are, by its name. */
export interface AnyJobs {
  readonly [jobType: string]: { readonly input: unknown; readonly result: unknown }
}

export interface WaitingReason {
  readonly code: string
  /** When it ends by itself, where that is known. */
  readonly until?: string
  readonly limit?: number
  readonly jobs?: ReadonlyArray<string>
  readonly since?: string
  readonly by?: string
  readonly note?: string
}

/** What a script asks a person now. */
export interface Prompt {
  readonly id: string
  readonly kind: "otp" | "text" | "choice" | "confirm"
  readonly label: string
  readonly hint?: string
  readonly choices?: ReadonlyArray<string>
  readonly step?: string
  readonly attempt: number
  readonly timesAsked: number
  readonly askedAt: string
  readonly deadline: string
}

export interface JobError {
  readonly code: string
  readonly message: string
  readonly retryable: boolean
  readonly step?: string
  readonly hint?: string
}

export interface Progress {
  /** 0 to 100. */
  readonly percent: number
  readonly message?: string
  /** Number of the current step, from 1. */
  readonly step?: number
  readonly totalSteps: number
  readonly stepName?: string
}

/** The small answer for those who poll. */
export interface JobStatusView {
  readonly id: string
  readonly jobId: string
  readonly jobType: string
  readonly status: JobStatus
  readonly progress: Progress
  readonly waitingFor?: ReadonlyArray<WaitingReason>
  readonly prompt?: Prompt
  /** How long it usually still takes. Absent where nobody knows. */
  readonly etaMs?: number
  readonly error?: JobError
  readonly nextRetryAt?: string
  readonly cancelRequestedAt?: string
  readonly createdAt: string
  readonly startedAt?: string
  readonly completedAt?: string
  readonly durationMs?: number
  readonly revision: number
  /** How long to wait before asking again. Absent when the job has ended. */
  readonly pollAfterMs?: number
}

export interface Job<Input = unknown, Result = unknown> {
  readonly id: string
  readonly jobId: string
  readonly jobType: string
  readonly status: JobStatus
  readonly waitingFor?: ReadonlyArray<WaitingReason>
  readonly prompt?: Prompt
  readonly lane: string
  readonly priority: number
  /** Secrets are masked. */
  readonly input: Input
  readonly result?: Result
  readonly error?: JobError
  readonly errorFingerprint?: string
  readonly progress: Progress
  readonly attempts: number
  readonly retryCount: number
  readonly maxRetries: number
  readonly nextRetryAt?: string
  readonly runAt: string
  readonly createdAt: string
  readonly startedAt?: string
  readonly completedAt?: string
  readonly updatedAt: string
  readonly expiresAt: string
  readonly timeoutAt?: string
  readonly cancelRequestedAt?: string
  readonly timeoutMs: number
  readonly durationMs?: number
  /** How long it usually still takes. Absent where nobody knows. */
  readonly etaMs?: number
  readonly organisationId: string
  readonly restaurantId?: string
  readonly createdBy?: string
  readonly clientRef?: string
  readonly batchId?: string
  readonly concurrencyKey?: string
  readonly dedupeKey?: string
  readonly dependsOn: ReadonlyArray<string>
  readonly onDependencyFailure: "fail" | "run"
  readonly labels: ReadonlyArray<string>
  readonly revision: number
}

export interface StepRun {
  readonly name: string
  readonly attempt: number
  readonly startedAt: string
  readonly endedAt?: string
  readonly outcome?: "completed" | "failed" | "stopped"
  /** A stored output that later attempts use instead of running the step again. */
  readonly kept: boolean
}

export interface LogLine {
  /** Rises with each line. */
  readonly id: number
  readonly attempt: number
  readonly at: string
  readonly level: "debug" | "info" | "warn" | "error"
  readonly step?: string
  readonly message: string
}

export interface Artifact {
  readonly name: string
  readonly kind: "picture" | "page" | "trace" | "file"
  readonly contentType: string
  /** Bytes. */
  readonly size: number
  readonly sha256: string
  readonly attempt?: number
  readonly step?: string
  readonly createdAt: string
}

/** The whole job with the steps it ran and the files it left. */
export interface JobDetails<Input = unknown, Result = unknown> extends Job<Input, Result> {
  readonly steps: ReadonlyArray<StepRun>
  readonly artifacts: ReadonlyArray<Artifact>
}

export interface JobType {
  readonly name: string
  readonly jobType: string
  readonly title: string
  readonly description: string
  readonly lane: string
  readonly steps: ReadonlyArray<{ readonly name: string; readonly title: string }>
  readonly timeoutMs: number
  readonly retry: { readonly maxRetries: number; readonly delaysMs: ReadonlyArray<number> }
  /** JSON Schema, draft 2020-12. */
  readonly inputSchema: { readonly [key: string]: unknown }
  readonly resultSchema: { readonly [key: string]: unknown }
  readonly example: unknown
  readonly available: boolean
  readonly unavailableReason?: string
}

/** What else may be said when a job is created. Everything has a default. */
export interface CreateOptions {
  /** -100 to 100; higher starts first. */
  readonly priority?: number
  readonly runAt?: string | Date
  readonly maxRetries?: number
  readonly timeoutMs?: number
  readonly expiresAt?: string | Date
  readonly dependsOn?: ReadonlyArray<string>
  readonly onDependencyFailure?: "fail" | "run"
  readonly concurrencyKey?: string | null
  readonly dedupeKey?: string
  readonly restaurantId?: string
  readonly clientRef?: string
  readonly labels?: ReadonlyArray<string>
}

export interface JobFilter {
  readonly status?: string | ReadonlyArray<string>
  readonly jobType?: string
  readonly lane?: string
  readonly restaurantId?: string
  readonly createdBy?: string
  readonly batchId?: string
  readonly label?: string
  readonly fingerprint?: string
  readonly q?: string
  readonly createdAfter?: string | Date
  readonly createdBefore?: string | Date
  /** 1 to 200. Default: 50. */
  readonly limit?: number
  readonly cursor?: string
  readonly order?: "asc" | "desc"
}

export interface CreatedBatch {
  readonly batchId: string
  readonly jobs: ReadonlyArray<{ readonly id: string; readonly jobId: string; readonly clientRef?: string }>
}

/** What the stream of one job says. */
export type JobEvent =
  | { readonly event: "status"; readonly id: string; readonly data: JobStatusChange }
  | { readonly event: "progress"; readonly id: string; readonly data: Progress }
  | { readonly event: "step"; readonly id: string; readonly data: StepRun }
  | { readonly event: "log"; readonly id: string; readonly data: LogLine }
  | { readonly event: "prompt"; readonly id: string; readonly data: { readonly prompt?: Prompt } }
  | { readonly event: "artifact"; readonly id: string; readonly data: Artifact }
  | {
      readonly event: "removed"
      readonly id: string
      readonly data: { readonly id: string; readonly jobId: string }
    }

export interface JobStatusChange {
  readonly id: string
  readonly jobId: string
  readonly jobType: string
  readonly status: JobStatus
  readonly waitingFor?: ReadonlyArray<WaitingReason>
  readonly error?: JobError
  readonly attempts: number
  readonly retryCount: number
  readonly nextRetryAt?: string
  readonly cancelRequestedAt?: string
  readonly startedAt?: string
  readonly completedAt?: string
}

export const hasEnded = (status: JobStatus): boolean => status !== "pending" && status !== "in_progress"
