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
const SCRIPTS = ["once", "keys", "live", "notify", "tree", "hold"]

const minified = async (path: string, text: string): Promise<string> => {
  const { outputs } = await Bun.build({ entrypoints: [path], files: { [path]: text }, minify: true })
  return outputs[0]?.text() ?? text
}

const script = async (): Promise<string> => {
  const times = new Bun.Transpiler({ loader: "ts" }).transformSync(await read(`${views}/Times.ts`))
  const more = await Promise.all(SCRIPTS.map(async (name) => `{\n${await read(`${views}/assets/${name}.js`)}\n}`))
  const app = await read(`${views}/assets/app.js`)
  const own = `(() => {\n${times.replaceAll(/^export /gmu, "")}\n${app}\n${more.join("\n")}\n})()`
  const htmx = await fromPackage("htmx.org/dist/htmx.min.js")
  // Comments, indentation and long names are for us, not for every reader's line.
  const small = await minified("/board.js", own)
  return [htmx, await fromPackage("htmx.org/dist/ext/hx-sse.min.js"), small].join(";\n")
}

const style = async (): Promise<string> =>
  (await Promise.all(STYLES.map((name) => read(`${views}/assets/styles/${name}.css`)))).join("\n")

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
