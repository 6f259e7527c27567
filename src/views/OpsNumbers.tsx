/** Numbers of lanes, types and workers, as words and bars. */
export const percentText = (part: number, whole: number): string =>
  whole === 0 ? "–" : `${Math.round((part / whole) * 100)}%`

export interface MeterProps {
  readonly value: number
  readonly max: number
  readonly label: string
}

/** How full something is. The text says it; the bar repeats it. */
export const Meter = ({ label, max, value }: MeterProps) => (
  <span class="meter-line">
    <progress
      class={value >= max && max > 0 ? "bar meter meter-full" : "bar meter"}
      max={Math.max(1, max)}
      value={value}
      aria-label={label}
    />
    <span>
      {value} of {max.toLocaleString("en")}
    </span>
  </span>
)

const CHART_HEIGHT = 48
const MOST_BARS = 60

export interface BarChartProps {
  readonly values: ReadonlyArray<number>
  readonly label: string
  readonly textOf: (value: number) => string
}

/** Bars drawn by the server. The sentence beside it and the table behind it say the same. */
export const BarChart = ({ label, textOf, values }: BarChartProps) => {
  const shown = values.slice(-MOST_BARS)
  const highest = Math.max(1, ...shown)
  const each = 100 / Math.max(1, shown.length)
  return (
    <figure class="chart">
      <svg width="100%" height={CHART_HEIGHT} aria-hidden="true" focusable="false">
        {shown.map((value, index) => {
          const height = Math.max(2, (value / highest) * CHART_HEIGHT)
          return (
            <rect
              class="chart-bar"
              x={`${(index * each).toFixed(2)}%`}
              width={`${(each * 0.8).toFixed(2)}%`}
              y={(CHART_HEIGHT - height).toFixed(1)}
              height={height.toFixed(1)}
            />
          )
        })}
      </svg>
      <figcaption>{label}</figcaption>
      <details class="raw">
        <summary>Show numbers</summary>
        <ol class="chart-numbers">
          {shown.map((value) => (
            <li>{textOf(value)}</li>
          ))}
        </ol>
      </details>
    </figure>
  )
}
