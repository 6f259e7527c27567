import { expect, test } from "bun:test"
import { existsSync, readdirSync } from "node:fs"
import { dirname, join } from "node:path"

const ROOT = join(import.meta.dir, "..")
const read = (doc: string) => Bun.file(join(ROOT, doc)).text()

/** In the words of code, or as a link, without an anchor. */
const pathsIn = (text: string, doc: string) => [
  ...[
    ...text.matchAll(/`((?:src|test|build|migrations|docs|deploy|bench|examples|\.ci|\.github)\/[^`*. ]*(?:\.\w+)?)`/gu)
  ].map(([, path]) => path!),
  ...[...text.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/gu)].map(([, path]) => join(dirname(doc), path!))
]

for (const doc of ["docs/architecture.md", "CONTRIBUTING.md"]) {
  test(`names only what is there in ${doc}`, async () => {
    const paths = pathsIn(await read(doc), doc).filter((path) => !path.includes("NNNN"))

    expect(paths.length).toBeGreaterThan(10)
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  })
}

test("says what is in every folder of the source", async () => {
  const architecture = await read("docs/architecture.md")
  const folders = readdirSync(join(ROOT, "src"), { withFileTypes: true }).filter((each) => each.isDirectory())

  expect(folders.filter(({ name }) => !architecture.includes(`| \`src/${name}\` |`)).map(({ name }) => name)).toEqual(
    []
  )
})

test("names only commands that there are", async () => {
  const { scripts } = await Bun.file(join(ROOT, "package.json")).json()
  const named = [...(await read("CONTRIBUTING.md")).matchAll(/bun run ([\w:-]+)/gu)].map(([, name]) => name!)

  expect(named.filter((name) => scripts[name] === undefined)).toEqual([])
})
