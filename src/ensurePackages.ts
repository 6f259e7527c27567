/**
 * Run before `bun run start`, `keys` and `callboard`: installs the packages where they are missing or older than the lock.
 * An installation that is whole is left alone, so that an account that may only read it can use it, without network.
 */
import { spawnSync } from "node:child_process"
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync
} from "node:fs"

const PACKAGES = "node_modules"
const LOCK = "bun.lock"

/** Only development needs it. */
const SIGN_OF_DEVELOPMENT = `${PACKAGES}/typescript`

/** There from before an installation until it has succeeded: what broke off leaves a folder that is newer than the lock. */
const UNFINISHED = `${PACKAGES}/.callboard-unfinished`

const mayWrite = (path: string): boolean => {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** An image has no lock. What this account may not write, another one installs. */
const isWhole = (): boolean => {
  if (!existsSync(PACKAGES)) return false
  if (!existsSync(LOCK) || !mayWrite(PACKAGES)) return true
  return !existsSync(UNFINISHED) && statSync(PACKAGES).mtimeMs >= statSync(LOCK).mtimeMs
}

/** Where somebody installed without what development needs, it stays so. A half-made folder says what it was to become. */
const extent = (): string => {
  if (existsSync(UNFINISHED)) return readFileSync(UNFINISHED, "utf8")
  return existsSync(PACKAGES) && !existsSync(SIGN_OF_DEVELOPMENT) ? "--production" : ""
}

const install = (): number => {
  const only = extent()
  mkdirSync(PACKAGES, { recursive: true })
  writeFileSync(UNFINISHED, only)
  const words = ["install", "--frozen-lockfile", "--silent", ...(only === "" ? [] : [only])]
  const { status } = spawnSync("bun", words, { stdio: "inherit" })
  if (status !== 0) return status ?? 1
  rmSync(UNFINISHED, { force: true })
  // Of an installation that changed nothing the folder keeps its time.
  utimesSync(PACKAGES, new Date(), new Date())
  return 0
}

if (!isWhole()) process.exitCode = install()
