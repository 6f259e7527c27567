import { useContext } from "hono/jsx"
import { ShownStatus } from "../../domain/JobStatus.ts"
import { AssetContext } from "./AssetUrls.ts"

const signs = ["ring", "planned", "triangle", "search", "lock", "browser", "gear", "mark"] as const

export type IconName = `st-${ShownStatus}` | (typeof signs)[number]

/** Every icon that a view can name. */
export const iconNames: ReadonlyArray<IconName> = [
  ...ShownStatus.literals.map((status) => `st-${status}` as const),
  ...signs
]

/** Decoration: the word beside it says the same. */
export const Icon = ({ name, turning }: { readonly name: IconName; readonly turning?: IconName }) => {
  const { sprite } = useContext(AssetContext)
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      {turning !== undefined && <use class="turning" href={`${sprite}#${turning}`} />}
      <use href={`${sprite}#${name}`} />
    </svg>
  )
}
