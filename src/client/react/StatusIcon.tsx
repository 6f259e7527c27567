/** @jsxImportSource react */
import { statusIcons } from "../icons.ts"
import type { ShownStatus } from "../words.ts"

/** Beside a word that says the same, so nobody has it read out. */
export const StatusIcon = ({ status }: { readonly status: ShownStatus }) => (
  <svg className="cb-icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
    {statusIcons[status].map(({ d, dash, isTurning, opacity, width }) => (
      <path
        key={d}
        d={d}
        fill={width === undefined ? "currentColor" : "none"}
        fillRule="evenodd"
        stroke={width === undefined ? undefined : "currentColor"}
        strokeWidth={width}
        strokeDasharray={dash}
        strokeLinecap="round"
        strokeLinejoin="round"
        opacity={opacity}
        className={isTurning ? "cb-turning" : undefined}
      />
    ))}
  </svg>
)
