/** Where the page's files are. They carry a hash of their content, so browsers may keep them for ever. */
import { createContext } from "hono/jsx"

export interface AssetUrls {
  readonly script: string
  readonly style: string
  readonly sprite: string
  readonly favicon: string
}

/** Icons sit deep in every page and in every live fragment; this spares handing the address through all of them. */
export const AssetContext = createContext<AssetUrls>({
  script: "/assets/board.js",
  style: "/assets/board.css",
  sprite: "/assets/icons.svg",
  favicon: "/assets/favicon.svg"
})

/** Changes with the board's files: a page made with other ones is an old page. */
export const versionOf = ({ script, style }: AssetUrls): string => Bun.hash(`${script} ${style}`).toString(36)
