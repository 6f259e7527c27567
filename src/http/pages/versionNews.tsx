import { versionOf } from "../../views/components/AssetUrls.ts"
import { NewVersion } from "../../views/components/NewVersion.tsx"
import { assetUrls } from "./Assets.ts"
import { render } from "./page.tsx"

/** For a page that another version of the board has made, as its stream says it; nothing for all others. */
export const versionNews = (params: URLSearchParams): string =>
  params.has("v") && params.get("v") !== versionOf(assetUrls) ? render(<NewVersion />) : ""
