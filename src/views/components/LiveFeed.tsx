import { useContext } from "hono/jsx"
import { AssetContext, versionOf } from "./AssetUrls.ts"

/**
 * The page's one event stream. Its id depends on the address, so that a page whose filter changes gets a new element:
 * htmx keeps the old stream of a morphed element open for ever. The trigger tries again where the first attempt failed.
 */
export const LiveFeed = ({ url }: { readonly url: string }) => (
  <div
    id={`feed-${Bun.hash(url).toString(36)}`}
    class="feed"
    hx-sse:connect={`${url}&v=${versionOf(useContext(AssetContext))}`}
    hx-swap="none"
    hx-trigger="load, every 15s, board:resume from:document"
  />
)
