/** What travels inside the one-file program to be unpacked: PostgreSQL, Chromium, and the script that starts the latter. */
import { copyFile, mkdir, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { Glob } from "bun"
import { Effect } from "effect"
import own from "../package.json"
import { unpackShell } from "../src/runtime/browser/ChromiumPackage.ts"
import { type CarriedFile, type CarriedPart, type CarriedProgram, INSIDE } from "../src/runtime/carried/Carried.ts"
import { locateBinaries } from "../src/runtime/postgres/EmbeddedPostgresBinaries.ts"

const ROOT = join(import.meta.dir, "..")

/** Higher ones save two percent of the program, and take minutes. */
const LEVEL = 9

const sha256 = (bytes: Uint8Array | string) => new Bun.CryptoHasher("sha256").update(bytes).digest("hex")

const describe = async (folder: string, path: string): Promise<CarriedFile> => {
  const file = Bun.file(join(folder, path))
  const { mode, size } = await file.stat()
  return { path, size, sha256: sha256(await file.bytes()), executable: (mode & 0o111) !== 0 }
}

/** Regular files only: short names of libraries are links, which the first start makes. */
const listFiles = async (folder: string, isWanted: (path: string) => boolean) =>
  (await Array.fromAsync(new Glob("**/*").scan({ cwd: folder, followSymlinks: false }))).filter(isWanted).toSorted()

const pack = async (folder: string, paths: ReadonlyArray<string>, into: string, archive: string) => {
  const files = await Promise.all(paths.map((path) => describe(folder, path)))
  const bytes = await Promise.all(paths.map((path) => Bun.file(join(folder, path)).bytes()))
  await Bun.write(join(into, `${archive}${INSIDE}`), Bun.zstdCompressSync(Buffer.concat(bytes), { level: LEVEL }))
  return { archive, files } satisfies CarriedPart
}

const program = (name: CarriedProgram["name"], version: string, parts: ReadonlyArray<CarriedPart>): CarriedProgram => ({
  name,
  version,
  hash: sha256(JSON.stringify(parts)),
  parts
})

const postgresql = async (into: string) => {
  const { directory, version } = await Effect.runPromise(locateBinaries)
  // Those are for who compiles against it.
  const isUsed = (path: string) => !/\.a$|\/pkgconfig\//u.test(path)
  const files = await listFiles(directory, isUsed)
  return program("postgresql", version, [await pack(directory, files, into, "postgresql.zst")])
}

/** Its program stays packed as npm has it: nothing here packs 200 MB as tightly in reasonable time. */
const chromium = async (into: string): Promise<CarriedProgram | undefined> => {
  const unpacked = join(into, "..", "unpacked")
  const shell = await unpackShell(unpacked)
  if (shell === undefined) return undefined
  const folder = dirname(shell.executablePath)
  const root = join(ROOT, "node_modules/@sparticuz/chromium")
  const { version } = await Bun.file(join(root, "package.json")).json()
  const archive = "chromium.br"
  await copyFile(join(root, "bin", archive), join(into, `${archive}${INSIDE}`))
  const parts = [
    { archive, files: [await describe(folder, "chromium")] },
    // The settings of fonts name the folder, so that they are written where it is unpacked.
    await pack(
      folder,
      await listFiles(folder, (path) => path !== "chromium" && path !== "fonts.conf"),
      into,
      "chromium-more.zst"
    )
  ]
  await rm(unpacked, { recursive: true })
  return program("chromium", version, parts)
}

/** Leaves the archives in the folder. */
export const carryPrograms = async (into: string, slim: boolean): Promise<ReadonlyArray<CarriedProgram>> => {
  await mkdir(into, { recursive: true })
  const browser = join(ROOT, "src/runtime/browser")
  const starter = program("starter", own.version, [await pack(browser, ["chromium.sh"], into, "starter.zst")])
  if (slim) return [starter]
  return [starter, await postgresql(into), await chromium(into)].filter((each) => each !== undefined)
}
