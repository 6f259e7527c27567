/** PostgreSQL refuses to run as root, so root runs it under another account. */
import { existsSync, readFileSync, statSync } from "node:fs"
import { dirname } from "node:path"

export interface Account {
  readonly uid: number
  readonly gid: number
}

/** The usual ids of `nobody`, for images without an `/etc/passwd`. */
const NOBODY: Account = { uid: 65534, gid: 65534 }

const lookUpNobody = (): Account => {
  if (!existsSync("/etc/passwd")) return NOBODY
  const found = /^nobody:[^:]*:(-?\d+):(-?\d+):/mu.exec(readFileSync("/etc/passwd", "utf8"))
  // macOS writes -2, which is 4294967294 to the system calls.
  return found ? { uid: Number(found[1]) >>> 0, gid: Number(found[2]) >>> 0 } : NOBODY
}

/** None when this process is not root. Data that a plain user made before stays that user's. */
export const accountFor = (data: string): Account | undefined => {
  if (process.getuid?.() !== 0) return undefined
  const owner = existsSync(data) ? statSync(data) : undefined
  return owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : lookUpNobody()
}

const mayEnter = (directory: string, { gid, uid }: Account): boolean => {
  const stat = statSync(directory)
  const bit = stat.uid === uid ? 0o100 : stat.gid === gid ? 0o010 : 0o001
  return (stat.mode & bit) !== 0
}

/** Whether the account may enter this directory and all above it: not so for a checkout below `/root`. */
export const isReachable = (directory: string, account: Account): boolean =>
  mayEnter(directory, account) && (dirname(directory) === directory || isReachable(dirname(directory), account))
