/** The package as it is built here, installed in an empty project, as `npm install callboard-x.tgz` does it. */
import { afterAll } from "bun:test"
import { mkdtempSync, rmSync } from "node:fs"
import { mkdir, rename, symlink } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { makePackage } from "../../build/makePackage.ts"

const MODULES = join(import.meta.dir, "../../node_modules")

/** What its entries, and pages with them, expect the project to have. */
const PEERS = ["effect", "@effect", "playwright", "playwright-core", "react", "react-dom", "@tanstack", "@types"]

/** Removed at the end of the tests; to be called outside of them. */
export const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "callboard-package-"))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export const installPackage = async (project: string) => {
  const made = await makePackage(join(project, "dist"))
  const modules = join(project, "node_modules")
  await mkdir(modules)
  await new Bun.Archive(await Bun.file(made.tarball).bytes()).extract(modules)
  await rename(join(modules, "package"), join(modules, "callboard"))
  for (const name of PEERS) await symlink(join(MODULES, name), join(modules, name))
  await Bun.write(join(project, "package.json"), '{ "type": "module" }')

  /** Everything behind these lines in one script, without the packages that the project has itself. */
  const bundle = async (code: string, options: Partial<Bun.BuildConfig> = {}): Promise<string> => {
    const path = join(project, `${Bun.hash(code)}.js`)
    await Bun.write(path, code)
    const external = PEERS.flatMap((name) => [name, `${name}/*`])
    const { outputs } = await Bun.build({ entrypoints: [path], external, target: "browser", ...options })
    return await outputs[0]!.text()
  }
  return { ...made, project, bundle }
}
