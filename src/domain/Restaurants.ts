/** Contract: restaurants as the jobs know them. There is no other list of them. */
import { Context, type DateTime, type Effect, type Option } from "effect"
import type { DayCounts } from "./DayCounts.ts"
import type { ReadableJobId } from "./JobId.ts"
import type { PromptKind } from "./JobPrompt.ts"
import type { ShownStatus } from "./JobStatus.ts"
import type { JobsUnavailable } from "./Jobs.ts"

/** The newest job of one type. */
export interface LatestJob {
  readonly jobId: ReadableJobId
  readonly jobType: string
  readonly status: ShownStatus
  readonly percent: number
  readonly at: DateTime.Utc
}

/** How a restaurant does, from its newest 20 jobs. */
export interface RestaurantHealth {
  readonly restaurantId: string
  readonly questions: number
  /** Types of job whose newest job failed. */
  readonly failed: number
  readonly running: number
  readonly waiting: number
  readonly latest: LatestJob
}

export interface RestaurantPage {
  readonly restaurants: ReadonlyArray<RestaurantHealth>
  /** Continue with the names after this one. */
  readonly next?: string
}

/** Who answered what and when. Answers are not kept. */
export interface AnsweredQuestion {
  readonly jobId: ReadableJobId
  readonly kind: PromptKind
  readonly label: string
  readonly answeredAt: DateTime.Utc
  readonly answeredBy?: string
}

/** Of the newest 500 jobs. */
export interface RestaurantDetail {
  readonly restaurantId: string
  readonly latest: ReadonlyArray<LatestJob>
  /** The newest 20. */
  readonly answers: ReadonlyArray<AnsweredQuestion>
  readonly labels: ReadonlyArray<string>
  readonly ended: DayCounts
}

export class Restaurants extends Context.Service<
  Restaurants,
  {
    /** By name: at most 50. A text is looked for in the first 1,000 names after `after`. */
    readonly list: (page: {
      readonly after?: string
      readonly q?: string
    }) => Effect.Effect<RestaurantPage, JobsUnavailable>
    /** None for a restaurant without jobs. */
    readonly get: (restaurantId: string) => Effect.Effect<Option.Option<RestaurantDetail>, JobsUnavailable>
  }
>()("callboard/domain/Restaurants") {}
