/**
 * Puts a carried program into a folder. Processes that start at once wait for the one that unpacks; what a killed one
 * left is thrown away; what was changed or damaged later is noticed at the next start, and unpacked again.
 */
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, realpathSync, utimesSync } from "node:fs"
import { mkdir, rename, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { makeDataDirectory } from "../DataDirectory.ts"
import { isBusy, lockFile } from "../FileLock.ts"
import { openToOthers } from "../openToOthers.ts"
import { runningPrograms } from "../ProcStat.ts"
import { type CarriedFile, type CarriedPart, type CarriedProgram, carriedPath } from "./Carried.ts"

const CHECKED = new Date("2000-01-01T00:00:00Z")

const hashOf = (path: string): string => new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex")

/** Its time says that it is as it was when its hash was checked: who writes to a file changes that. */
const isIntact = (path: string, { executable, sha256, size }: CarriedFile): boolean => {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  if (!stat?.isFile() || stat.size !== size || executable !== ((stat.mode & 0o111) !== 0)) return false
  if (stat.mtimeMs === CHECKED.getTime()) return true
  if (hashOf(path) !== sha256) return false
  utimesSync(path, CHECKED, CHECKED)
  return true
}

const isWhole = (folder: string, { parts }: CarriedProgram): boolean =>
  parts.every(({ files }) => files.every((file) => isIntact(join(folder, file.path), file)))

/** Gives exactly so many bytes, piece by piece, and keeps what comes after them for the next. */
const cutter = (stream: ReadableStream<Uint8Array>, name: string) => {
  const reader = stream.getReader()
  let rest = new Uint8Array()
  return async function* (size: number) {
    for (let missing = size; missing > 0; ) {
      if (rest.length === 0) {
        const { done, value } = await reader.read()
        if (done) throw new Error(`${name} ends too early`)
        rest = new Uint8Array(value)
      }
      const piece = rest.subarray(0, missing)
      rest = rest.subarray(piece.length)
      missing -= piece.length
      yield piece
    }
  }
}

const writeFile = async (path: string, file: CarriedFile, pieces: AsyncIterable<Uint8Array>) => {
  await mkdir(dirname(path), { recursive: true })
  const hash = new Bun.CryptoHasher("sha256")
  const sink = Bun.file(path).writer()
  try {
    for await (const piece of pieces) {
      hash.update(piece)
      await sink.write(piece)
      await sink.flush()
    }
  } finally {
    await sink.end()
  }
  if (hash.digest("hex") !== file.sha256) throw new Error(`${file.path} is not what was packed`)
  chmodSync(path, file.executable ? 0o755 : 0o644)
  utimesSync(path, CHECKED, CHECKED)
}

/** Bun knows more formats than the browsers, whose types these are. */
const formatOf = (archive: string) => (archive.endsWith(".br") ? "brotli" : "zstd") as CompressionFormat

const unpackPart = async ({ archive, files }: CarriedPart, open: Open, folder: string) => {
  const cut = cutter(
    open(archive)
      .stream()
      .pipeThrough(new DecompressionStream(formatOf(archive))),
    archive
  )
  for (const file of files) await writeFile(join(folder, file.path), file, cut(file.size))
}

const UNFINISHED = ".unfinished"

/** What a killed process left, and other versions as long as nothing runs from them: they stay where nobody can tell. */
const removeUseless = async (parent: string, { name }: CarriedProgram, running: Running) => {
  const programs = running()
  const isUsed = (entry: string, path: string) =>
    programs?.some((each) => each.startsWith(`${realpathSync(path)}/`)) ?? !entry.endsWith(UNFINISHED)
  for (const entry of readdirSync(parent)) {
    const path = join(parent, entry)
    if (!entry.startsWith(`${name}-`) || isUsed(entry, path)) continue
    await rm(path, { recursive: true, force: true })
  }
}

type Open = (archive: string) => Pick<Blob, "stream">
type Running = () => ReadonlyArray<string> | undefined

const WAIT_MS = 50

const lockFolder = async (folder: string) => {
  for (;;) {
    try {
      return lockFile(join(folder, "lock"))
    } catch (cause) {
      if (!isBusy(cause)) throw cause
      await Bun.sleep(WAIT_MS)
    }
  }
}

export interface Unpacking {
  readonly open?: Open
  /** Paths of the programs that run now, where the system tells. */
  readonly running?: Running
  /** What is written beside the files, whose final place is told. */
  readonly finish?: (folder: string, final: string) => Promise<unknown>
}

/** Below the data directory. */
export const PROGRAMS = "programs"

const inside: Open = (archive) => Bun.file(carriedPath(archive))

/** The folder of the program, whole, below `dataDirectory`. */
export const unpackOnce = async (program: CarriedProgram, dataDirectory: string, unpacking: Unpacking = {}) => {
  const { finish, open = inside, running = runningPrograms } = unpacking
  const parent = join(dataDirectory, PROGRAMS)
  const final = join(parent, `${program.name}-${program.version}-${program.hash.slice(0, 12)}`)
  if (isWhole(final, program)) return final
  makeDataDirectory(dataDirectory)
  await mkdir(parent, { recursive: true })
  chmodSync(parent, 0o755)
  const lock = await lockFolder(parent)
  try {
    if (isWhole(final, program)) return final
    await removeUseless(parent, program, running)
    if (existsSync(final)) await rm(final, { recursive: true, force: true })
    const unfinished = `${final}${UNFINISHED}`
    await mkdir(unfinished)
    try {
      for (const part of program.parts) await unpackPart(part, open, unfinished)
      openToOthers(unfinished)
      await finish?.(unfinished, final)
      await rename(unfinished, final)
    } catch (cause) {
      await rm(unfinished, { recursive: true, force: true })
      throw cause
    }
    return final
  } finally {
    lock.close()
  }
}
