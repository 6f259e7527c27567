/** How a Hono route runs an effect: with the services of the process, interrupted when the client goes away. */
import { Effect, type Exit } from "effect"
import type { AiCalls } from "../domain/AiCalls.ts"
import type { Artifacts } from "../domain/Artifacts.ts"
import type { AuditLog } from "../domain/AuditLog.ts"
import type { BulkJobs } from "../domain/BulkJobs.ts"
import type { JobChanges } from "../domain/JobChanges.ts"
import type { JobDetails } from "../domain/JobDetails.ts"
import type { JobEstimates } from "../domain/JobEstimates.ts"
import type { JobReports } from "../domain/JobReports.ts"
import type { JobSchedules } from "../domain/JobSchedules.ts"
import type { JobStops } from "../domain/JobStops.ts"
import type { Jobs } from "../domain/Jobs.ts"
import type { JobTypes } from "../domain/JobType.ts"
import type { Lanes } from "../domain/Lanes.ts"
import type { LiveView } from "../domain/LiveView.ts"
import type { Readiness } from "../domain/Readiness.ts"
import type { StepEvidences } from "../domain/StepEvidence.ts"
import type { Cleanup } from "../domain/Upkeep.ts"
import type { Uploads } from "../domain/Uploads.ts"
import type { Webhooks } from "../domain/Webhooks.ts"
import type { Workers } from "../domain/Workers.ts"
import type { BoardReads } from "./pages/BoardReads.ts"
import { inRequestTrace } from "./requestTrace.ts"

export type HttpServices =
  | AiCalls
  | Artifacts
  | AuditLog
  | BoardReads
  | BulkJobs
  | Cleanup
  | JobChanges
  | JobDetails
  | JobEstimates
  | JobReports
  | JobSchedules
  | JobStops
  | JobTypes
  | Jobs
  | Lanes
  | LiveView
  | Readiness
  | StepEvidences
  | Uploads
  | Webhooks
  | Workers

export type RunWith<R> = <A, E>(effect: Effect.Effect<A, E, R>, signal?: AbortSignal) => Promise<Exit.Exit<A, E>>

export const makeRunWith = <R>() =>
  Effect.map(Effect.context<R>(), (context): RunWith<R> => {
    const runExit = Effect.runPromiseExitWith(context)
    return (effect, signal) => runExit(inRequestTrace(effect), signal && { signal })
  })

export type Run = RunWith<HttpServices>

export const makeRun = makeRunWith<HttpServices>()
