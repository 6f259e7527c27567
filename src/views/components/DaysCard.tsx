/** How jobs ended, day by day: a sentence, a picture for the eye, and a table for everybody. */
import type { DayCounts } from "../../domain/DayCounts.ts"
import { dayName, daysText, isCut, lastDays } from "../DaysText.ts"
import { sumOf } from "../EndedCounts.ts"
import { SparkNumbers, Sparks } from "./Sparks.tsx"

export interface DaysCardProps {
  readonly ended: DayCounts
  readonly nowMs: number
}

/** The text of a time is changed to the reader's zone; these days are those of UTC for everybody. */
const Day = ({ at }: { readonly at: number }) => (
  <time datetime={new Date(at).toISOString().slice(0, 10)}>{dayName(at)}</time>
)

export const DaysCard = ({ ended, nowMs }: DaysCardProps) => {
  const days = lastDays(ended, nowMs)
  const { completed, failed } = sumOf(days)
  return (
    <section class="card" aria-labelledby="days-title">
      <h2 id="days-title">Success by day</h2>
      <p>{daysText(days)}</p>
      {completed + failed > 0 && days.length > 1 && (
        <div class="days">
          <Sparks ended={days} />
          <SparkNumbers
            id="days-numbers"
            caption="Jobs that ended on each day, the newest day first"
            head="Day (UTC)"
            rows={days.toReversed().map((day) => ({ ...day, name: <Day at={day.at} /> }))}
          />
        </div>
      )}
      {isCut(ended, nowMs) && <p class="note">Only the newest jobs are counted; what ended earlier is left out.</p>}
    </section>
  )
}
