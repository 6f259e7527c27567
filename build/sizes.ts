/** What an entry adds to the page of who imports all of it: minified, with what it shares, without React. */
import { join } from "node:path"
import { CLIENT_ENTRIES } from "./manifest.ts"

export interface Size {
  readonly entry: string
  readonly bytes: number
  readonly gzipped: number
}

const sizeOf = async (folder: string, entry: string): Promise<Size> => {
  const { outputs } = await Bun.build({
    entrypoints: [join(folder, "lib", `${entry}.js`)],
    packages: "external",
    minify: true
  })
  const code = new Uint8Array(await outputs[0]!.arrayBuffer())
  return { entry, bytes: code.length, gzipped: Bun.gzipSync(code, { level: 9 }).length }
}

export const sizesOf = (folder: string): Promise<ReadonlyArray<Size>> =>
  Promise.all(CLIENT_ENTRIES.map((entry) => sizeOf(folder, entry)))
