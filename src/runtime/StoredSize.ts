/** How much a job may keep. Rows must stay far below what one message of the database may hold (16 MiB). */

/** UTF-16 units of JSON that one result or one step's output may take. */
const LARGEST_VALUE = 1024 * 1024

/** Of all outputs of one job together: a claim brings them in one row. */
export const LARGEST_CHECKPOINTS = 8 * 1024 * 1024

export const sizeOf = (value: unknown): number => (JSON.stringify(value) ?? "").length

/** A value as JSON, if it can be stored: a result of any type may be too large, or hold itself. */
export const storedJson = (value: unknown): string | undefined => {
  try {
    const json = JSON.stringify(value) ?? "null"
    return json.length > LARGEST_VALUE ? undefined : json
  } catch {
    return undefined
  }
}

export const canBeStored = (value: unknown): boolean => storedJson(value) !== undefined
