import { useContext } from "hono/jsx"
import { AssetContext } from "./AssetUrls.ts"

/** Decoration: the word beside it says the same. */
export const Icon = ({ name, turning }: { readonly name: string; readonly turning?: string }) => {
  const { sprite } = useContext(AssetContext)
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      {turning !== undefined && <use class="turning" href={`${sprite}#${turning}`} />}
      <use href={`${sprite}#${name}`} />
    </svg>
  )
}
