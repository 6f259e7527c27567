/** The account that runs PostgreSQL is another one where Callboard is root's, whatever root's umask says. */
import { chmodSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"

const openFile = (path: string): void => chmodSync(path, (statSync(path).mode & 0o100) === 0 ? 0o644 : 0o755)

/** A folder of programs, with all that is in it: everybody may read and run it. */
export const openToOthers = (folder: string): void => {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory()) chmodSync(path, 0o755)
    else if (entry.isFile()) openFile(path)
  }
}

/** Others may go through the folder, and see nothing of it that they do not know. Somebody else's is left as it is. */
export const letThrough = (folder: string): void => {
  const { mode, uid } = statSync(folder)
  if (uid === process.getuid?.()) chmodSync(folder, (mode & 0o7777) | 0o011)
}
