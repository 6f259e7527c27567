/** Decides where the embedded PostgreSQL keeps its data and its socket, and which copy of its programs runs. */
import { chownSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { letThrough } from "../openToOthers.ts"
import { type Account, accountFor, isReachable } from "./EmbeddedPostgresAccount.ts"
import { type PostgresBinaries, prepareBinaries } from "./EmbeddedPostgresBinaries.ts"

export interface Places {
  readonly account: Account | undefined
  readonly binaries: PostgresBinaries
  /** PostgreSQL's own data directory. */
  readonly data: string
  readonly socketDirectory: string
  /** Said once in the log when something is not where people expect it. */
  readonly notice: string | undefined
}

export const PORT = 5432

/** Where root keeps what the account of PostgreSQL cannot reach below the data directory. */
const SHARED_HOME = "/var/lib/callboard"

/** macOS gives a socket's path 104 bytes with its final zero, Linux 108. */
const LONGEST_SOCKET_PATH = 103

/** The server takes a list of folders, with commas between them. */
const fitsSocket = (directory: string): boolean =>
  !directory.includes(",") && Buffer.byteLength(join(directory, `.s.PGSQL.${PORT}`)) <= LONGEST_SOCKET_PATH

export const own = (path: string, account: Account | undefined): void => {
  if (account) chownSync(path, account.uid, account.gid)
}

/** Beside others, where the data directory has a long path. */
const makeShortDirectory = (temporary: string): string => {
  const name = "callboard-"
  return mkdtempSync(join(fitsSocket(join(temporary, `${name}XXXXXX`)) ? temporary : "/tmp", name))
}

/** Empty at each start: a socket of a killed server and its lock file would be in the way. */
export const makeSocketDirectory = (home: string, account: Account | undefined, temporary = tmpdir()): string => {
  const usual = join(home, "postgres-socket")
  rmSync(usual, { recursive: true, force: true })
  const directory = fitsSocket(usual) ? usual : makeShortDirectory(temporary)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  own(directory, account)
  return directory
}

const targetOf = (path: string): string | undefined =>
  lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? resolve(dirname(path), readlinkSync(path)) : undefined

/** A new home that the account can enter. Only the symlink leads to it, so who removes that starts anew. */
const makeHomeElsewhere = (pointer: string, account: Account): string => {
  mkdirSync(SHARED_HOME, { recursive: true })
  const home = mkdtempSync(join(SHARED_HOME, "data-"))
  own(home, account)
  const data = join(home, "postgres")
  rmSync(pointer, { force: true })
  symlinkSync(data, pointer)
  return data
}

const locateData = (pointer: string, account: Account | undefined, reachable: boolean): string => {
  const target = targetOf(pointer)
  if (target !== undefined && existsSync(dirname(target))) return target
  return account && !reachable ? makeHomeElsewhere(pointer, account) : pointer
}

/** `dataDirectory` is absolute and exists. */
export const choosePlaces = (dataDirectory: string, installed: PostgresBinaries): Places => {
  const pointer = join(dataDirectory, "postgres")
  const account = accountFor(pointer)
  const reachable = !account || isReachable(dataDirectory, account)
  const data = locateData(pointer, account, reachable)
  const binaries = prepareBinaries(installed, {
    reachable: !account || isReachable(installed.directory, account),
    copies: account ? SHARED_HOME : dataDirectory
  })
  if ([data, binaries.directory].some((path) => path.startsWith(`${SHARED_HOME}/`))) letThrough(SHARED_HOME)
  return {
    account,
    binaries,
    data,
    socketDirectory: makeSocketDirectory(reachable ? dataDirectory : dirname(data), account),
    notice: reachable
      ? undefined
      : `${dataDirectory} is closed to other accounts, so PostgreSQL keeps its data in ${data}`
  }
}
