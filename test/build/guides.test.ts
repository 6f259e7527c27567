import { expect, test } from "bun:test"
import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { manifest } from "../../build/manifest.ts"
import { GUIDES, readDoc, readGuide } from "./guides.ts"

test("is installed from its file, never by a name that is not ours, and called with the type that the README shows", async () => {
  const docs = await readdir(join(import.meta.dir, "../../docs"))
  const pages = docs.filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`)
  const texts = await Promise.all(["README.md", ...pages].map(readDoc))
  const installs = texts.flatMap((text) => text.match(/npm (?:install|i|add) [^\n`]*\bcallboard\b[^\n`]*/gu) ?? [])
  const guides = await Promise.all(GUIDES.map(readGuide))
  const types = guides.flatMap((text) => [...text.matchAll(/\b(?:useCreateJob|create)\("([^"]+)"/gu)])

  expect(installs.length).toBeGreaterThan(2)
  for (const line of installs) expect(line).toContain(`../callboard/dist/callboard-${manifest.version}.tgz`)
  expect(types.length).toBeGreaterThan(2)
  expect(new Set(types.map(([, name]) => name))).toEqual(new Set(["greet"]))
})
