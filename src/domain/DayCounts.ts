/** How many jobs ended on each of the last days, from the newest jobs alone: it costs the same however many are stored. */
import { type DateTime, Schema } from "effect"

/** Days that are counted, today among them. They begin and end at midnight UTC, for all readers alike. */
export const DAYS_COUNTED = 14

const DayCount = Schema.Struct({
  day: Schema.DateTimeUtcFromString,
  completed: Schema.Int,
  failed: Schema.Int
})

/** In order; days on which nothing ended are absent. */
export const DayCountList = Schema.Array(DayCount)

export interface DayCounts {
  readonly days: typeof DayCountList.Type
  /** The jobs that were looked at were created since then, and there are older ones; absent: these are all. */
  readonly since?: DateTime.Utc
}
