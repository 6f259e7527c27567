import { versionOf } from "../../views/components/AssetUrls.ts"
import { NewVersion } from "../../views/components/NewVersion.tsx"
import { assetUrls } from "./Assets.ts"
import { render } from "./page.tsx"

const bytes = new TextEncoder().encode(`data: ${render(<NewVersion />, undefined)}\n\n`)

/** What a stream sends first to a page that another version of the board has made; nothing to all others. */
export const versionNews = (params: URLSearchParams): ReadonlyArray<Uint8Array<ArrayBuffer>> =>
  params.has("v") && params.get("v") !== versionOf(assetUrls) ? [bytes] : []
