/** What the one-file program says of licences: the same as the list of the repository, and words of files it does not have. */
import { join } from "node:path"
import { Glob } from "bun"
import { bundled } from "./bundled.ts"
import { installedPackages } from "./installed.ts"
import { textsOf } from "./licencesDocument.ts"

/** Playwright names what it has built into a file beside that file. */
const builtIn = async (root: string): Promise<ReadonlyArray<string>> => {
  const modules = join(root, "node_modules")
  const paths = await Array.fromAsync(new Glob("playwright*/lib/**/*.LICENSE").scan(modules))
  return Promise.all(paths.toSorted().map((path) => Bun.file(join(modules, path)).text()))
}

export const licencesInside = async (root: string): Promise<string> => {
  const packages = await installedPackages(root)
  const parts = [
    await Bun.file(join(root, "LICENSE")).text(),
    packages.map(({ holder, licence, name, version }) => `${name} ${version}: ${licence}, ${holder}`).join("\n"),
    bundled
      .map(({ holder, licence, name, text, within }) => `${name} (${within}): ${licence}, ${holder}; text: ${text}`)
      .join("\n"),
    ...textsOf(packages),
    ...(await builtIn(root))
  ]
  return parts.map((text) => text.trim()).join(`\n\n${"=".repeat(78)}\n\n`)
}
