/**
 * Playwright reads files of its package when it is loaded, by a path that Bun would take from the machine of the build.
 * Inside the one-file program they are part of the code.
 */
import { join } from "node:path"
import type { BunPlugin } from "bun"

const JSON_FILE = /require\(import_path\d*\.default\.join\(packageRoot, "(package|browsers)\.json"\)\)/gu
const CODEC =
  /import_fs\d*\.default\.readFileSync\(import_path\d*\.default\.join\(__dirname, "(webp_codec\.wasm)"\)\)/gu

/** What it does with other files is of no use here: its command line, its own windows, downloads. */
const NOWHERE = JSON.stringify("/playwright-core/lib")

const CORE = "coreBundle.js"

const withFiles = async (path: string): Promise<string> => {
  const code = await Bun.file(path).text()
  if (path.endsWith(CORE) && [JSON_FILE, CODEC].some((place) => code.match(place) === null)) {
    throw new Error(`This version of Playwright reads its files in another way than ${import.meta.file} knows.`)
  }
  const codec = await Bun.file(join(path, "../webp_codec.wasm")).bytes()
  return code
    .replace(JSON_FILE, 'require("../$1.json")')
    .replace(CODEC, () => `Buffer.from("${codec.toBase64()}", "base64")`)
    .replace(/\b__(?:dirname|filename)\b/gu, NOWHERE)
}

export const playwrightInside: BunPlugin = {
  name: "Playwright's own files",
  setup: (build) => {
    build.onLoad({ filter: /playwright-core\/lib\/(?:coreBundle|package)\.js$/u }, async ({ path }) => ({
      contents: await withFiles(path),
      loader: "js"
    }))
  }
}
