/**
 * Faults that can be switched on per restaurant, at most one of each kind. Each counts down the requests it hit and
 * then is gone; a restart of the process does not forget it.
 */
import type { Database } from "bun:sqlite"

export const faultKinds = [
  "slow",
  "error",
  "session",
  "moved-button",
  "one-time-code",
  "captcha",
  "dropped-connection"
] as const
export type FaultKind = (typeof faultKinds)[number]

export interface Fault {
  readonly kind: FaultKind
  /** How many more requests it hits, 1 to 1,000. */
  readonly timesLeft: number
  /** Only requests whose path below the portal starts with this are hit. */
  readonly pathPrefix: string
  /** For `slow`: 0 to 60,000. */
  readonly delayMs: number
  /** For `error`: sent as `Retry-After` unless it is 0. */
  readonly retryAfterSeconds: number
}

/** Numbers outside their bounds are brought back into them; what is missing gets a default. */
export type FaultWish = Partial<Fault> & { readonly kind: FaultKind }

export const isFaultKind = (value: unknown): value is FaultKind => faultKinds.some((kind) => kind === value)

const bounded = (value: number | undefined, fallback: number, lowest: number, highest: number): number =>
  value === undefined || Number.isNaN(value) ? fallback : Math.min(highest, Math.max(lowest, Math.trunc(value)))

const columns = `kind, times_left AS timesLeft, path_prefix AS pathPrefix, delay_ms AS delayMs,
  retry_after_seconds AS retryAfterSeconds`

export const faultTables = `
  CREATE TABLE IF NOT EXISTS faults (
    restaurant TEXT NOT NULL,
    kind TEXT NOT NULL,
    times_left INTEGER NOT NULL CHECK (times_left > 0),
    path_prefix TEXT NOT NULL,
    delay_ms INTEGER NOT NULL,
    retry_after_seconds INTEGER NOT NULL,
    PRIMARY KEY (restaurant, kind)
  ) STRICT;
`

export const makeFaults = (database: Database) => {
  const all = database.query<Fault, [string]>(`SELECT ${columns} FROM faults WHERE restaurant = ? ORDER BY kind`)
  const find = database.query<Fault, [string, string]>(
    `SELECT ${columns} FROM faults WHERE restaurant = ? AND kind = ?`
  )
  const put = database.query(`
    INSERT OR REPLACE INTO faults (restaurant, kind, times_left, path_prefix, delay_ms, retry_after_seconds)
    VALUES (?, ?, ?, ?, ?, ?)`)
  const remove = database.query("DELETE FROM faults WHERE restaurant = ? AND kind = ?")
  const removeAll = database.query("DELETE FROM faults WHERE restaurant = ?")
  const countDown = database.query(
    "UPDATE faults SET times_left = times_left - 1 WHERE restaurant = ? AND kind = ? AND times_left > 1"
  )

  return {
    all: (restaurant: string): ReadonlyArray<Fault> => all.all(restaurant),
    switchOn: (restaurant: string, wish: FaultWish): void => {
      const timesLeft = bounded(wish.timesLeft, 1, 1, 1_000)
      const delayMs = bounded(wish.delayMs, 3_000, 0, 60_000)
      const retryAfterSeconds = bounded(wish.retryAfterSeconds, 0, 0, 3_600)
      put.run(restaurant, wish.kind, timesLeft, (wish.pathPrefix ?? "/").slice(0, 200), delayMs, retryAfterSeconds)
    },
    switchOff: (restaurant: string, kind: FaultKind): void => {
      remove.run(restaurant, kind)
    },
    switchAllOff: (restaurant: string): void => {
      removeAll.run(restaurant)
    },
    /** The fault that hits this request, counted down; none when nothing of the kind is on for its path. */
    take: database.transaction((restaurant: string, kind: FaultKind, path: string): Fault | undefined => {
      const fault = find.get(restaurant, kind)
      if (fault === null || !path.startsWith(fault.pathPrefix)) return undefined
      if (countDown.run(restaurant, kind).changes === 0) remove.run(restaurant, kind)
      return fault
    })
  }
}
export type Faults = ReturnType<typeof makeFaults>
