/**
 * What the one-file program carries beside its code: programs that have to lie in a folder to run. An installed
 * Callboard carries nothing, because its packages lie in node_modules.
 */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"

export interface CarriedFile {
  readonly path: string
  /** In bytes. */
  readonly size: number
  readonly sha256: string
  readonly executable: boolean
}

/** Files one behind the other, packed as one: the ending of its name says how. */
export interface CarriedPart {
  readonly archive: string
  readonly files: ReadonlyArray<CarriedFile>
}

export interface CarriedProgram {
  readonly name: "chromium" | "postgresql" | "starter"
  readonly version: string
  /** Of the list of its files, so that other files never get the same folder. */
  readonly hash: string
  readonly parts: ReadonlyArray<CarriedPart>
}

export interface Carried {
  /** Of the source, where all of it was committed. */
  readonly commit?: string
  readonly programs: ReadonlyArray<CarriedProgram>
}

/** Name of the list inside the program. */
export const CARRIED_LIST = "carried.json"

export const LICENCES = "licences.txt"

/** Added to the names of files inside the program: Bun would take `.js` for code of ours. */
export const INSIDE = ".inside"

/** A file inside the program. */
export const carriedPath = (name: string): string => join(import.meta.dir, "inside", `${name}${INSIDE}`)

/** None where Callboard is installed. */
export const carried: Carried | undefined =
  Bun.isStandaloneExecutable && existsSync(carriedPath(CARRIED_LIST))
    ? (JSON.parse(readFileSync(carriedPath(CARRIED_LIST), "utf8")) as Carried)
    : undefined

export const carriedProgram = (name: CarriedProgram["name"]): CarriedProgram | undefined =>
  carried?.programs.find((program) => program.name === name)
