/** What is counted of jobs. Types are those that this process knows: others can neither be created nor claimed here. */
import { makeCounter, makeHistogram } from "../../domain/meters.ts"

export const created = makeCounter("callboard_jobs_created_total", "Jobs that this process created.", ["type", "lane"])

export const claimed = makeCounter("callboard_jobs_claimed_total", "Attempts that this process began.", [
  "type",
  "lane"
])

export const ended = makeCounter(
  "callboard_jobs_ended_total",
  "Jobs that this process brought to an end one by one, by what they ended as.",
  ["type", "lane", "status"]
)

/** From a moment to half an hour: quick jobs take milliseconds, browser jobs minutes. */
const SECONDS = [0.01, 0.05, 0.25, 1, 5, 15, 30, 60, 120, 300, 600, 1_800]

export const attemptSeconds = makeHistogram(
  "callboard_attempt_duration_seconds",
  "How long attempts ran, by how they ended.",
  ["type", "lane", "outcome"],
  SECONDS
)

export const retries = makeCounter("callboard_retries_total", "Attempts that failed and are tried again, by code.", [
  "type",
  "code"
])

export const failures = makeCounter("callboard_failures_total", "Jobs that failed for good, by code.", ["type", "code"])

export const leaseLosses = makeCounter(
  "callboard_lease_losses_total",
  "Attempts that ended here after somebody else had taken their job over.",
  []
)

export const upkeepFailures = makeCounter(
  "callboard_upkeep_failures_total",
  "Rounds that failed here: repairs of what was left behind, and removals of what is old.",
  ["round"]
)

export const rescues = makeCounter("callboard_rescues_total", "Jobs whose worker was gone, by what became of them.", [
  "status"
])
