/** How many jobs ended in each minute of the last hour: a picture for the eye, a sentence and a table for everybody. */
import { sumOf } from "../EndedCounts.ts"
import { MINUTES_IN_LINE, type Throughput, throughputText } from "../OverviewText.ts"
import { SparkNumbers, Sparks } from "./Sparks.tsx"
import { TimeText } from "./TimeText.tsx"

const linesOf = ({ minutes }: Throughput) =>
  Array.from({ length: Math.ceil(minutes.length / MINUTES_IN_LINE) }, (_, index) =>
    minutes.slice(index * MINUTES_IN_LINE, (index + 1) * MINUTES_IN_LINE)
  )

export interface ThroughputChartProps {
  readonly throughput: Throughput
  /** Until when it was counted: other numbers of the page are newer. */
  readonly countedAt?: number | undefined
}

export const ThroughputChart = ({ countedAt, throughput }: ThroughputChartProps) => (
  <section class="card" id="now-throughput" aria-labelledby="throughput-title">
    <h2 id="throughput-title">Throughput</h2>
    <p>
      {throughputText(throughput)}
      {countedAt !== undefined && (
        <span class="row-sub">
          counted until <TimeText at={countedAt} nowMs={countedAt} kind="moment" />
        </span>
      )}
    </p>
    <Sparks ended={throughput.minutes} />
    <SparkNumbers
      id="throughput-numbers"
      caption="Jobs that ended in the last hour, in steps of five minutes"
      head="From"
      rows={linesOf(throughput)
        .toReversed()
        .map((line) => ({ ...sumOf(line), name: <TimeText at={line[0]?.at ?? 0} nowMs={0} kind="minute" /> }))}
    />
  </section>
)
