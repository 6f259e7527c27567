import type { CSSProperties } from "react"
import type { ShownStatus } from "../words.ts"

/** What every component takes. */
export interface Appearance {
  readonly className?: string | undefined
  readonly style?: CSSProperties | undefined
  /** Default: that of the page (its CSS `color-scheme`). */
  readonly theme?: "light" | "dark" | undefined
}

export const rootProps = (name: string, status: ShownStatus | "loading", { className, style, theme }: Appearance) => ({
  className: ["cb", name, className].filter(Boolean).join(" "),
  "data-status": status,
  "data-theme": theme,
  style
})
