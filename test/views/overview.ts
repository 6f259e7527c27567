/** What the board says about the whole, as tests of words need it. */
import { DateTime } from "effect"
import type { Overview } from "../../src/domain/BoardOverview.ts"

export const NOW = Date.parse("2026-11-24T06:00:30Z")

export const anOverview = (fields: Partial<Overview> = {}, counts: Partial<Overview["counts"]> = {}): Overview => ({
  counts: { pending: 0, scheduled: 0, in_progress: 0, retry_wait: 0, needs_input: 0, failed: 0, ...counts },
  failureKinds: 0,
  newFailureKinds: 0,
  minutes: [],
  lanes: [],
  workers: { alive: 4, known: 4 },
  running: [],
  databaseMs: 4,
  ...fields
})

export const at = (ms: number) => DateTime.makeUnsafe(ms)
