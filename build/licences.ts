/** The licences of all that is inside the one-file program, as their texts ask to be passed on. */
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import own from "../package.json"

const ROOT = join(import.meta.dir, "..")

interface PackageJson {
  readonly version: string
  readonly license?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const TEXTS = /^(?:licen[cs]e|notice|copying|thirdpartynotices)(?:[.-].*)?$/iu

const textOf = async (folder: string): Promise<string> => {
  const names = readdirSync(folder).filter((name) => TEXTS.test(name))
  return (await Promise.all(names.toSorted().map((name) => Bun.file(join(folder, name)).text()))).join("\n\n").trim()
}

/** What Callboard needs, and what that needs, as far as it is installed here. */
const packages = async () => {
  const names = new Set(Object.keys({ ...own.dependencies, ...own.optionalDependencies }))
  const found: Array<{ readonly title: string; readonly text: string }> = []
  for (const name of names) {
    const folder = join(ROOT, "node_modules", name)
    if (!existsSync(folder)) continue
    const manifest: PackageJson = await Bun.file(join(folder, "package.json")).json()
    for (const each of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) names.add(each)
    const text = await textOf(folder)
    found.push({
      title: `${name} ${manifest.version}`,
      text: text === "" ? `Licence: ${manifest.license ?? "not named"}` : text
    })
  }
  return found.toSorted((a, b) => (a.title < b.title ? -1 : 1))
}

export const licences = async (): Promise<string> => {
  const parts = [
    { title: `callboard ${own.version}`, text: await Bun.file(join(ROOT, "LICENSE")).text() },
    { title: "Programs inside", text: await Bun.file(join(import.meta.dir, "licences-of-programs.txt")).text() },
    ...(await packages())
  ]
  return parts.map(({ text, title }) => `${"=".repeat(78)}\n${title}\n${"=".repeat(78)}\n\n${text.trim()}\n`).join("\n")
}
