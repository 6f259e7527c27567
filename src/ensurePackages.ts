/**
 * Run before `bun run start`, `keys` and `callboard`: installs the packages where they are missing or older than the lock.
 * An installation that is whole is left alone, so that an account that may only read it can use it, without network.
 */
import { spawnSync } from "node:child_process"
import { accessSync, constants, existsSync, statSync, utimesSync } from "node:fs"

const PACKAGES = "node_modules"
const LOCK = "bun.lock"

/** Only development needs it. */
const SIGN_OF_DEVELOPMENT = `${PACKAGES}/typescript`

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
  return !existsSync(LOCK) || statSync(PACKAGES).mtimeMs >= statSync(LOCK).mtimeMs || !mayWrite(PACKAGES)
}

const install = (): number => {
  // Where somebody installed without what development needs, it stays so.
  const isLean = existsSync(PACKAGES) && !existsSync(SIGN_OF_DEVELOPMENT)
  const words = ["install", "--frozen-lockfile", "--silent", ...(isLean ? ["--production"] : [])]
  const { status } = spawnSync("bun", words, { stdio: "inherit" })
  // Of an installation that changed nothing the folder keeps its time.
  if (status === 0 && existsSync(PACKAGES)) utimesSync(PACKAGES, new Date(), new Date())
  return status ?? 1
}

if (!isWhole()) process.exitCode = install()
