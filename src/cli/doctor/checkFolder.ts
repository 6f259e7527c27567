/** The data folder: whether it can be written, and whether there is room. */
import { accessSync, constants, existsSync, mkdtempSync, rmSync, statfsSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { Effect } from "effect"
import { messageOf } from "../../domain/messageOf.ts"
import { type Finding, fault, fine, warning } from "./Finding.ts"

const ABOUT = "data folder"

/** The embedded database, an unpacked browser and a few thousand pictures. */
const ENOUGH_GIGABYTES = 2

/** The folder itself, or the nearest one above it that exists: that is where it would be made. */
const nearest = (path: string): string => (existsSync(path) || dirname(path) === path ? path : nearest(dirname(path)))

const writable = (path: string): Finding | undefined => {
  const place = nearest(path)
  try {
    accessSync(place, constants.W_OK | constants.X_OK)
    rmSync(mkdtempSync(join(place, ".callboard-")), { recursive: true })
    return undefined
  } catch (cause) {
    return fault(
      ABOUT,
      `${path} cannot be written: ${messageOf(cause)}`,
      "Make it writable for the account that runs Callboard, or name another folder with CALLBOARD_DATA_DIR."
    )
  }
}

export const checkFolder = (dataDirectory: string) =>
  Effect.sync((): Finding => {
    const path = resolve(dataDirectory)
    const problem = writable(path)
    if (problem) return problem
    const { bavail, bsize } = statfsSync(nearest(path))
    const gigabytes = (bavail * bsize) / 1_024 ** 3
    const says = `${path}, ${gigabytes.toFixed(1)} GB free`
    return gigabytes >= ENOUGH_GIGABYTES
      ? fine(ABOUT, says)
      : warning(
          ABOUT,
          says,
          "Make room, or keep finished jobs and their files for a shorter time: CALLBOARD_RETENTION."
        )
  })
