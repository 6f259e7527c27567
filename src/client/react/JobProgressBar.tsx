/** @jsxImportSource react */
import type { ShownStatus } from "../words.ts"
import { type Appearance, rootProps } from "./appearance.ts"

interface BarProps {
  /** 0 to 100. Absent: nobody knows how far it is, and the bar only moves. */
  readonly value?: number | undefined
  /** Name for screen readers, and what the number means: "Step 2 of 4: fetch photos". */
  readonly label: string
  readonly valueText?: string | undefined
}

export const Bar = ({ label, value, valueText }: BarProps) => {
  const percent = value === undefined ? undefined : Math.min(100, Math.max(0, Math.round(value)))
  const inlineSize = percent === undefined ? "" : `${percent}%`
  return (
    <div
      className="cb-bar"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={valueText}
      data-indeterminate={percent === undefined ? "" : undefined}
    >
      <div
        className="cb-fill"
        style={{ inlineSize }}
        // A content security policy may have dropped the style that a server sent; React takes it for there.
        ref={(fill) => {
          if (fill !== null) fill.style.inlineSize = inlineSize
        }}
      />
    </div>
  )
}

export interface JobProgressBarProps extends BarProps, Appearance {
  /** Colours the bar. Default: `in_progress`. */
  readonly status?: ShownStatus | undefined
}

/** The bar alone. Without a `value` it shows only that something goes on. */
export const JobProgressBar = ({ status = "in_progress", ...props }: JobProgressBarProps) => (
  <div {...rootProps("cb-meter", status, props)}>
    <Bar {...props} />
  </div>
)
