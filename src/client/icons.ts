/** The icon of each status, the same shapes as on the board: paths in a box of 16 by 16, drawn in the colour of the text. */
import type { ShownStatus } from "./words.ts"

export interface IconPath {
  readonly d: string
  /** Width of the line. Absent: the shape is filled. */
  readonly width?: number
  readonly dash?: string
  readonly opacity?: number
  /** The one part that moves. */
  readonly isTurning?: boolean
}

const CIRCLE = "M1.8 8a6.2 6.2 0 1 0 12.4 0a6.2 6.2 0 1 0-12.4 0"

export const statusIcons: Readonly<Record<ShownStatus, ReadonlyArray<IconPath>>> = {
  pending: [{ d: "M1.9 8a6.1 6.1 0 1 0 12.2 0a6.1 6.1 0 1 0-12.2 0", width: 1.8, dash: "0.01 3.83" }],
  scheduled: [
    { d: CIRCLE, width: 1.5 },
    { d: "M8 4.6V8l2.3 1.6", width: 1.5 }
  ],
  in_progress: [
    { d: CIRCLE, width: 1.6, opacity: 0.28 },
    { d: "M8 1.8A6.2 6.2 0 0 1 14.2 8", width: 1.6, isTurning: true },
    { d: "M6.5 5.3v5.4a.3.3 0 0 0 .46.25l4.2-2.7a.3.3 0 0 0 0-.5l-4.2-2.7a.3.3 0 0 0-.46.25z" }
  ],
  retry_wait: [
    { d: "M13.9 8A5.9 5.9 0 1 1 11.6 3.3L13.6 5", width: 1.6 },
    { d: "M13.8 1.8V5.1H10.5", width: 1.6 }
  ],
  needs_input: [
    {
      d: "M3.2 2h9.6c.7 0 1.2.5 1.2 1.2v6.6c0 .7-.5 1.2-1.2 1.2H7.6L4.5 13.9V11H3.2C2.5 11 2 10.5 2 9.8V3.2C2 2.5 2.5 2 3.2 2z",
      width: 1.5
    },
    { d: "M6.5 5.2a1.55 1.45 0 1 1 2.25 1.35c-.5.26-.75.5-.75.95", width: 1.5 },
    { d: "M8 9.1v.01", width: 1.8 }
  ],
  completed: [
    {
      d: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm3.9 5.15a.85.85 0 0 0-1.26-1.14L7.15 8.87 5.4 7.12a.85.85 0 0 0-1.2 1.2l2.39 2.39a.85.85 0 0 0 1.23-.03z"
    }
  ],
  failed: [
    {
      d: "M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1zM6.2 5a.85.85 0 0 0-1.2 1.2L6.8 8 5 9.8A.85.85 0 0 0 6.2 11L8 9.2 9.8 11a.85.85 0 0 0 1.2-1.2L9.2 8 11 6.2A.85.85 0 0 0 9.8 5L8 6.8z"
    }
  ],
  cancelled: [
    { d: CIRCLE, width: 1.6 },
    { d: "M3.7 12.3l8.6-8.6", width: 1.6 }
  ]
}
