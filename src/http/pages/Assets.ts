/**
 * The board's files, read once. Their addresses carry a hash of the content, so browsers may keep them for ever.
 *
 * htmx, its stream extension and our script are one file on purpose: an extension that arrives after htmx's first scan
 * of the page never sees the page's stream (htmx issue 3693).
 */
import type { AssetUrls } from "../../views/components/AssetUrls.ts"
import { insidePath } from "./insidePath.ts"

export interface Asset {
  readonly type: string
  readonly plain: Uint8Array<ArrayBuffer>
  readonly gzip: Uint8Array<ArrayBuffer>
}

const views = `${import.meta.dir}/../../views`
const read = (path: string) => Bun.file(path).text()
const fromPackage = (path: string) => read(Bun.resolveSync(path, import.meta.dir))

/** In the order of the cascade: later files win. */
const STYLES = [
  "tokens",
  "page",
  "frame",
  "controls",
  "status",
  "jobs",
  "job",
  "figures",
  "live",
  "film",
  "tabs",
  "waterfall",
  "forms",
  "question",
  "identity",
  "webhooks",
  "overview",
  "questionCards",
  "kinds",
  "overlays",
  "narrow",
  "ops",
  "search",
  "otherMedia"
]

/** They follow app.js, each with names of its own. */
const SCRIPTS = ["log", "once", "actions", "hold", "keys", "notify", "tree"]

/** Comments, indentation, long names and what is not used of Times.ts are for us, not for every reader's line. */
const minified = async (files: Readonly<Record<string, string>>): Promise<string> => {
  const { outputs } = await Bun.build({ entrypoints: ["/board.js"], files, minify: true, format: "iife" })
  return outputs[0]?.text() ?? ""
}

const script = async (): Promise<string> => {
  const more = await Promise.all(SCRIPTS.map(async (name) => `{\n${await read(`${views}/assets/${name}.js`)}\n}`))
  const app = await read(`${views}/assets/app.js`)
  const own = await minified({
    "/times.ts": await read(`${views}/Times.ts`),
    "/board.js": ['import { timeText } from "/times.ts"', app, ...more].join("\n")
  })
  const htmx = await fromPackage("htmx.org/dist/htmx.min.js")
  return [htmx, await fromPackage("htmx.org/dist/ext/hx-sse.min.js"), own].join(";\n")
}

/** Without comments, for the same reason. */
const style = async (): Promise<string> => {
  const files = await Promise.all(STYLES.map((name) => read(`${views}/assets/styles/${name}.css`)))
  return files.join("\n").replaceAll(/\/\*.*?\*\//gsu, "")
}

/** Made when the one-file program was built, where the sources are not at hand. */
const made = async (name: string, make: () => Promise<string>): Promise<string> =>
  Bun.isStandaloneExecutable ? read(insidePath(name)) : make()

const byName = new Map<string, Asset>()

const keep = (name: string, type: string, text: string): string => {
  const plain = new TextEncoder().encode(text)
  const [stem, extension] = name.split(".")
  const hashed = `${stem}-${Bun.hash(plain).toString(36)}.${extension}`
  byName.set(hashed, { type, plain, gzip: Bun.gzipSync(plain, { level: 9 }) })
  return `/assets/${hashed}`
}

export const assetUrls: AssetUrls = {
  script: keep("board.js", "text/javascript; charset=utf-8", await made("board.js", script)),
  style: keep("board.css", "text/css; charset=utf-8", await made("board.css", style)),
  sprite: keep("icons.svg", "image/svg+xml", await made("icons.svg", () => read(`${views}/assets/icons.svg`))),
  favicon: keep("favicon.svg", "image/svg+xml", await made("favicon.svg", () => read(`${views}/assets/favicon.svg`)))
}

export const findAsset = (name: string): Asset | undefined => byName.get(name)
