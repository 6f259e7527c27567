/** Jobs that were done and that failed, as two rows of bars on one scale: for the eye alone, a table says the same. */
import type { Child } from "hono/jsx"
import { type EndedCounts, sumOf } from "../EndedCounts.ts"

/** In units of the picture, which has no size of its own. */
const BAR = 4
const GAP = 1
const HEIGHT = 32

interface BarsProps {
  readonly values: ReadonlyArray<number>
  readonly most: number
  readonly name: "done" | "failed"
}

const Bars = ({ most, name, values }: BarsProps) => (
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

export const Sparks = ({ ended }: { readonly ended: ReadonlyArray<EndedCounts> }) => {
  const { completed, failed } = sumOf(ended)
  const most = Math.max(1, ...ended.flatMap((each) => [each.completed, each.failed]))
  return (
    <div class="sparks">
      <span class="spark-name">Done</span>
      <Bars name="done" most={most} values={ended.map((each) => each.completed)} />
      <span class="spark-sum">{completed.toLocaleString("en")}</span>
      <span class="spark-name">Failed</span>
      <Bars name="failed" most={most} values={ended.map((each) => each.failed)} />
      <span class="spark-sum">{failed.toLocaleString("en")}</span>
    </div>
  )
}

export interface SparkNumbersProps {
  readonly id: string
  readonly caption: string
  /** Of the first column. */
  readonly head: string
  readonly rows: ReadonlyArray<EndedCounts & { readonly name: Child }>
}

export const SparkNumbers = ({ caption, head, id, rows }: SparkNumbersProps) => (
  <details class="numbers" id={id}>
    <summary>Show numbers</summary>
    <table class="small-table">
      <caption class="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{head}</th>
          <th scope="col">Done</th>
          <th scope="col">Failed</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ completed, failed, name }) => (
          <tr>
            <th scope="row">{name}</th>
            <td>{completed.toLocaleString("en")}</td>
            <td>{failed.toLocaleString("en")}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </details>
)
