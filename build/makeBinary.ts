/** Makes the one-file program: all of Callboard with Bun, and everything that it reads while it runs. */
import { mkdir, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { $, Glob } from "bun"
import { assetUrls, findAsset } from "../src/http/pages/Assets.ts"
import { INSIDE_VIEWER, installedViewer } from "../src/http/pages/traceRoutes.ts"
import { CARRIED_LIST, type Carried, INSIDE, LICENCES } from "../src/runtime/carried/Carried.ts"
import { carryPrograms } from "./carry.ts"
import { licences } from "./licences.ts"
import { playwrightInside } from "./playwrightInside.ts"

const ROOT = join(import.meta.dir, "..")

/** None where it would not say which source this is. */
const commitOf = async (): Promise<string | undefined> => {
  const changes = await $`git status --porcelain --untracked-files=no`.cwd(ROOT).nothrow().quiet()
  if (changes.exitCode !== 0 || changes.stdout.length > 0) return undefined
  return (await $`git rev-parse HEAD`.cwd(ROOT).text()).trim()
}

type Put = (name: string, content: string | Uint8Array<ArrayBuffer> | Blob) => Promise<unknown>

const putBoard = async (put: Put) => {
  const names = { "board.js": assetUrls.script, "board.css": assetUrls.style, "icons.svg": assetUrls.sprite }
  for (const [name, url] of Object.entries({ ...names, "favicon.svg": assetUrls.favicon })) {
    await put(name, findAsset(url.replace("/assets/", ""))!.plain)
  }
}

const putTraceViewer = async (put: Put) => {
  const { names, pathOf, version } = installedViewer()
  for (const name of names) await put(`${INSIDE_VIEWER}/${name}`, Bun.file(pathOf(name)))
  await put(`${INSIDE_VIEWER}.json`, JSON.stringify({ version, names }))
}

export interface BinaryOptions {
  readonly outfile: string
  /** Without PostgreSQL and Chromium. */
  readonly slim: boolean
}

/** The same source, packages and Bun give the same bytes. */
export const makeBinary = async ({ outfile, slim }: BinaryOptions) => {
  const work = `${outfile}.parts`
  await rm(work, { recursive: true, force: true })
  const inside = join(work, "inside")
  await mkdir(inside, { recursive: true })
  const put: Put = (name, content) => Bun.write(join(inside, `${name}${INSIDE}`), content)
  const commit = await commitOf()
  const programs = await carryPrograms(inside, slim)
  await putBoard(put)
  await putTraceViewer(put)
  await put(LICENCES, await licences())
  await put(CARRIED_LIST, JSON.stringify({ ...(commit !== undefined && { commit }), programs } satisfies Carried))
  const files = (await Array.fromAsync(new Glob(`**/*${INSIDE}`).scan(inside))).toSorted()
  const made = join(work, "callboard")
  const { logs, success } = await Bun.build({
    entrypoints: [join(ROOT, "src/binary.ts"), ...files.map((path) => join(inside, path))],
    root: work,
    target: "bun",
    // Parsed beforehand: a start takes a third of the work.
    bytecode: true,
    format: "esm",
    // Names stay, because errors and job types show some of them.
    minify: { whitespace: true, syntax: true },
    plugins: [playwrightInside],
    loader: { [INSIDE]: "file" },
    naming: { asset: "[dir]/[name].[ext]" },
    // Its name is part of the bytes, so that it gets another one later.
    compile: { outfile: made, autoloadBunfig: false, autoloadPackageJson: true, autoloadTsconfig: true }
  })
  if (!success) throw new AggregateError(logs, "The program could not be built.")
  await rename(made, outfile)
  await rm(work, { recursive: true })
}
