import { expect, test } from "bun:test"
import { readdirSync, statSync } from "node:fs"
import { basename, join } from "node:path"

const DOCS = join(import.meta.dir, "../docs")
const KB = 1_024

const pictures = readdirSync(join(DOCS, "screenshots")).filter((name) => name.endsWith(".png"))

test("shows operators each picture that is taken, and no other", async () => {
  const text = await Bun.file(join(DOCS, "board.md")).text()
  const shown = [...text.matchAll(/!\[[^\]]+\]\(([^)]+)\)/gu)].map(([, path]) => basename(path!))

  expect(shown.toSorted()).toEqual(pictures.toSorted())
})

test("keeps the pictures small", () => {
  const sizes = [...pictures.map((name) => join("screenshots", name)), "board.png"].map(
    (name) => statSync(join(DOCS, name)).size
  )

  expect(Math.max(...sizes)).toBeLessThan(120 * KB)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1_200 * KB)
})

test("shows front-end developers each picture of the example, and keeps it small", async () => {
  const taken = readdirSync(DOCS).filter((name) => /^web-app.*\.png$/u.test(name))
  const texts = await Promise.all(["clients.md", "migrating.md"].map((name) => Bun.file(join(DOCS, name)).text()))
  const shown = texts.flatMap((text) => [...text.matchAll(/!\[[^\]]+\]\((web-app[^)]*)\)/gu)]).map(([, path]) => path!)

  expect(shown.toSorted()).toEqual(taken.toSorted())
  expect(Math.max(...taken.map((name) => statSync(join(DOCS, name)).size))).toBeLessThan(80 * KB)
})
