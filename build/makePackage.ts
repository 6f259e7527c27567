/** Makes the package that others install: scripts, types, its package.json, and the file that `npm install` takes. */
import { mkdir, rm } from "node:fs/promises"
import { join } from "node:path"
import { $, Glob } from "bun"
import { manifest, STYLESHEET } from "./manifest.ts"

const ROOT = join(import.meta.dir, "..")

/** This Bun: it may have come by `npx`, and not be found under its name. */
const BUN = process.execPath

/** One file for each of ours, so that bundlers leave out whole files that nobody imports. */
const compile = async (side: "client" | "server", lib: string) => {
  const project = join(import.meta.dir, `tsconfig.${side}.json`)
  const { exitCode, stdout } = await $`${BUN} x tsc --project ${project} --outDir ${lib}`.cwd(ROOT).nothrow().quiet()
  if (exitCode !== 0) throw new Error(stdout.toString())
}

/** TypeScript leaves the endings in declarations as they are in the source; Node and strict projects want those of the files. */
const renameImports = async (lib: string) => {
  for await (const path of new Glob("**/*.d.ts").scan(lib)) {
    const file = Bun.file(join(lib, path))
    await file.write((await file.text()).replace(/((?:from |import\()"\.[^"]+)\.tsx?"/g, '$1.js"'))
  }
}

/** Without what only people read. */
const denseCss = (css: string): string =>
  css
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/\s+/g, " ")
    .trim()

/** No browser imports a stylesheet as text: the element gets it as a script. */
const addStylesheet = async (lib: string) => {
  const css = Bun.file(join(ROOT, "src", STYLESHEET))
  const target = join(lib, STYLESHEET)
  await Bun.write(target, css)
  await Bun.write(`${target}.js`, `export default ${JSON.stringify(denseCss(await css.text()))}\n`)
  // TypeScript wants to know of all that is imported, also of what has nothing to say to it.
  await Bun.write(`${target}.d.ts`, "export {}\n")
  const element = Bun.file(join(lib, "client/element/CallboardJob.js"))
  await element.write((await element.text()).replace(/\.css" with \{ type: "text" \}/, '.css.js"'))
}

/** Frameworks that render on the server leave what is behind this line to the browser. */
const markForBrowsers = async (lib: string) => {
  const entry = Bun.file(join(lib, "react.js"))
  await entry.write(`"use client"\n${await entry.text()}`)
}

export interface MadePackage {
  readonly folder: string
  readonly tarball: string
}

/** Leaves `package` and `callboard-<version>.tgz` in the folder. The same source gives the same bytes. */
export const makePackage = async (dist: string): Promise<MadePackage> => {
  const folder = join(dist, "package")
  const lib = join(folder, "lib")
  await rm(folder, { recursive: true, force: true })
  await mkdir(lib, { recursive: true })
  await Promise.all([
    compile("client", lib),
    compile("server", lib),
    Bun.write(join(folder, "LICENSE"), Bun.file(join(ROOT, "LICENSE"))),
    Bun.write(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`)
  ])
  await renameImports(lib)
  await addStylesheet(lib)
  await markForBrowsers(lib)
  await $`${BUN} pm pack --destination ${dist} --quiet`.cwd(folder).quiet()
  return { folder, tarball: join(dist, `${manifest.name}-${manifest.version}.tgz`) }
}
