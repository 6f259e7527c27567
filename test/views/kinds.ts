/** Kinds of failure, as tests need them. */
import type { FailureKind } from "../../src/domain/FailureKinds.ts"
import { readableJobId } from "../../src/domain/JobId.ts"
import { at, NOW } from "./overview.ts"

const DAY_MS = 86_400_000

export const aKind = (fields: Partial<FailureKind> = {}): FailureKind => ({
  fingerprint: "0123456789abcdef",
  jobType: "add-item-tags",
  step: "sign-in",
  code: "INVALID_CREDENTIALS",
  message: "Login rejected: wrong password",
  latestJobId: readableJobId(at(NOW), Uint8Array.from([0, 0, 0, 1])),
  lastHour: 0,
  lastDay: 12,
  lastWeek: 14,
  restaurants: 11,
  firstFailedAt: at(NOW - 20 * DAY_MS),
  lastFailedAt: at(NOW - 60_000),
  ...fields
})
