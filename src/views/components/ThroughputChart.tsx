/** How many jobs ended in each minute of the last hour: a picture for the eye, a sentence and a table for everybody. */
import { MINUTES_IN_LINE, type Throughput, throughputText } from "../OverviewText.ts"
import { TimeText } from "./TimeText.tsx"

/** In units of the picture, which has no size of its own. */
const BAR = 4
const GAP = 1
const HEIGHT = 32

const Bars = ({ values, name }: { readonly values: ReadonlyArray<number>; readonly name: "done" | "failed" }) => {
  const most = Math.max(1, ...values)
  return (
    <svg
      class={`spark spark-${name}`}
      viewBox={`0 0 ${values.length * BAR} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      {values.map((value, index) => {
        const height = value === 0 ? 1 : Math.max(3, Math.round((value / most) * HEIGHT))
        return (
          <rect
            class={value === 0 ? "spark-none" : undefined}
            x={index * BAR}
            y={HEIGHT - height}
            width={BAR - GAP}
            height={height}
          />
        )
      })}
    </svg>
  )
}

const Numbers = ({ minutes }: Pick<Throughput, "minutes">) => {
  const lines = Array.from({ length: Math.ceil(minutes.length / MINUTES_IN_LINE) }, (_, index) =>
    minutes.slice(index * MINUTES_IN_LINE, (index + 1) * MINUTES_IN_LINE)
  )
  return (
    <details class="numbers" id="throughput-numbers">
      <summary>Show numbers</summary>
      <table class="small-table">
        <caption class="visually-hidden">Jobs that ended in the last hour, in steps of five minutes</caption>
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col">Done</th>
            <th scope="col">Failed</th>
          </tr>
        </thead>
        <tbody>
          {lines.toReversed().map((line) => (
            <tr>
              <th scope="row">
                <TimeText at={line[0]?.at ?? 0} nowMs={0} kind="minute" />
              </th>
              <td>{line.reduce((sum, { completed }) => sum + completed, 0)}</td>
              <td>{line.reduce((sum, { failed }) => sum + failed, 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  )
}

export const ThroughputChart = ({ throughput }: { readonly throughput: Throughput }) => {
  const { completed, failed, minutes } = throughput
  return (
    <section class="card" id="now-throughput" aria-labelledby="throughput-title">
      <h2 id="throughput-title">Throughput</h2>
      <p>{throughputText(throughput)}</p>
      <div class="sparks">
        <span class="spark-name">Done</span>
        <Bars name="done" values={minutes.map((minute) => minute.completed)} />
        <span class="spark-sum">{completed}</span>
        <span class="spark-name">Failed</span>
        <Bars name="failed" values={minutes.map((minute) => minute.failed)} />
        <span class="spark-sum">{failed}</span>
      </div>
      <Numbers minutes={minutes} />
    </section>
  )
}
