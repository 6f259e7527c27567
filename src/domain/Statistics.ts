/**
 * Figures of an organisation's work. Reading them costs the same however many jobs are stored: what waits and runs is
 * counted up to a limit, and everything else comes from the newest jobs.
 */
import { Context, type Effect, Schema } from "effect"
import { Time } from "./Job.ts"
import type { JobsUnavailable } from "./Jobs.ts"
import { Lane } from "./Lane.ts"

/** The newest jobs that are looked at. They lie next to each other, so this is one short read. */
export const LOOKED_AT = 20_000

/** Where counting of what waits or runs stops. */
export const COUNTED = 10_000

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

const ended = { completed: Count, failed: Count, cancelled: Count }

/** Completed of those that completed or failed, 0 to 1. Absent when none did. */
const SuccessRate = Schema.optionalKey(Schema.Finite)

const Throughput = Schema.Struct({
  ...ended,
  isEstimate: Schema.Boolean.annotateKey({
    description: "The jobs that were looked at do not reach back that far: it is their rate, for the whole time."
  })
})

export const StatisticsReport = Schema.Struct({
  at: Time,
  basis: Schema.Struct({
    jobs: Count.annotateKey({ description: "Jobs that were looked at: the newest ones." }),
    since: Schema.optionalKey(Time).annotateKey({ description: "When the oldest of them was created." }),
    isWhole: Schema.Boolean.annotateKey({ description: "There are no older ones." })
  }),
  lanes: Schema.Array(
    Schema.Struct({
      lane: Lane,
      counts: Schema.Struct({ pending: Count, in_progress: Count, ...ended }).annotateKey({
        description: `Pending ones are counted now, up to ${COUNTED}, and running ones. Ended ones are those of the basis.`
      })
    })
  ),
  throughput: Schema.Struct({ minute: Throughput, hour: Throughput, day: Throughput }).annotateKey({
    description: "Jobs that ended in the last minute, hour and day."
  }),
  successRate: SuccessRate,
  types: Schema.Array(
    Schema.Struct({
      jobType: Schema.String,
      ...ended,
      successRate: SuccessRate,
      durationMs: Schema.optionalKey(Schema.Struct({ p50: Schema.Int, p95: Schema.Int })).annotateKey({
        description: "Of the last attempt of completed jobs. Absent when none completed."
      })
    })
  ).annotateKey({ description: "The types with the most ended jobs first." }),
  deprecated: Schema.Array(
    Schema.Struct({ endpoint: Schema.String, uses: Count, firstUsedAt: Time, lastUsedAt: Time })
  ).annotateKey({ description: "Uses of endpoints that will go away." })
}).annotate({ identifier: "Statistics" })
export type StatisticsReport = typeof StatisticsReport.Type

export class Statistics extends Context.Service<
  Statistics,
  {
    /** Of the caller's organisation. */
    readonly read: Effect.Effect<StatisticsReport, JobsUnavailable>
    /** Somebody of the caller's organisation used an endpoint that will go away. */
    readonly countDeprecatedUse: (endpoint: string) => Effect.Effect<void, JobsUnavailable>
  }
>()("callboard/domain/Statistics") {}
