/** The browser of the tests: npm's headless shell where there is one, because it starts fastest, else any other. */
import { mkdirSync } from "node:fs"
import { resolve } from "node:path"
import { Effect } from "effect"
import { findChromium, findPackaged } from "../../src/runtime/browser/Chromium.ts"

/** Kept from run to run, as unpacking takes seconds. */
const dataDirectory = resolve(import.meta.dir, "../../node_modules/.cache/callboard")

export const testChromium = Effect.suspend(() => {
  mkdirSync(dataDirectory, { recursive: true })
  return findPackaged(dataDirectory).pipe(Effect.catch(() => findChromium({ dataDirectory })))
})
