/** How long a job still takes, in words that change only when their rounded number does. */
import { FEWEST_RUNS, mediansOf, percentFrom } from "../domain/JobEstimates.ts"
import type { ShownJob } from "./ShownJob.ts"
import { lengthText } from "./Times.ts"

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Whole minutes up to ten, then steps of five. */
const roundedMinutes = (ms: number): number => {
  const minutes = Math.round(ms / MINUTE)
  return minutes < 10 ? Math.max(1, minutes) : Math.round(minutes / 5) * 5
}

/** "less than a minute", "3 min", "15 min", "1 h 20 min" */
export const aboutText = (ms: number): string => {
  if (ms < MINUTE) return "less than a minute"
  const minutes = roundedMinutes(ms)
  if (minutes < 60) return `${minutes} min`
  const rest = minutes % 60
  return rest === 0 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${rest} min`
}

/** "≈ 3 min left", for a place where there is little of it. */
export const leftShortText = (ms: number): string => (ms < MINUTE ? "< 1 min left" : `≈ ${aboutText(ms)} left`)

/** A length that was measured many times: "2 m", "45 s". */
export const usualText = (ms: number): string => {
  if (ms < 10_000) return `${Math.max(0.1, Math.round(ms / 100) / 10)} s`
  return ms < HOUR ? lengthText(Math.round(ms / 5_000) * 5_000) : lengthText(Math.round(ms / MINUTE) * MINUTE)
}

/** "6–9 min", or the one where both ends round to the same. */
export const rangeText = (lowMs: number, highMs: number): string => {
  if (highMs < MINUTE) return `${usualText(lowMs)} to ${usualText(highMs)}`
  const [low, high] = [roundedMinutes(lowMs), roundedMinutes(highMs)]
  if (high >= 60) return `${aboutText(lowMs)} to ${aboutText(highMs)}`
  return low === high ? `${low} min` : `${low}–${high} min`
}

/** Nothing for jobs that nobody can tell anything of. */
export const estimateSentence = ({ estimate, job, status }: ShownJob): string | undefined => {
  if (status !== "in_progress" || job.cancelRequestedAt !== undefined) return undefined
  const times = estimate?.times
  if (times === undefined || times.runs < FEWEST_RUNS) {
    return estimate === undefined || estimate.ended > 0 ? "First jobs of this type, no estimate yet." : undefined
  }
  if ((job.durationMs ?? 0) > times.p90Ms) return `Longer than usual: 9 of 10 finish in ${aboutText(times.p90Ms)}.`
  const usually = `usually ${rangeText(times.p25Ms, times.p75Ms)} in all`
  if (job.etaMs === undefined) return undefined
  return job.etaMs < MINUTE
    ? `Less than a minute left (${usually}).`
    : `About ${aboutText(job.etaMs)} left (${usually}).`
}

/** 0 to 100. From the usual times where they are known, else every step has the same share. */
export const shownPercent = ({ estimate, job, status, steps }: ShownJob): number => {
  const medians = status === "in_progress" && estimate ? mediansOf(estimate) : undefined
  return medians === undefined ? job.progress.percent : percentFrom(medians, steps, job.progress, job.etaMs)
}

const ordinal = (n: number): string => {
  const ends = ["th", "st", "nd", "rd"]
  const rest = n % 100
  return `${n}${ends[(rest - 20) % 10] ?? ends[rest] ?? "th"}`
}

/** "2nd in line", and when its turn is likely to come. */
export const placeText = ({ place: at }: ShownJob): string | undefined => {
  if (at === undefined) return undefined
  const start =
    at.startsInMs === undefined
      ? ""
      : `, a place is likely in ${at.startsInMs < MINUTE ? "" : "about "}${aboutText(at.startsInMs)}`
  return `${at.place === 1 ? "Next" : ordinal(at.place)} in line${start}.`
}

export const startsShortText = ({ place: at }: ShownJob): string | undefined => {
  if (at?.startsInMs === undefined) return undefined
  return at.startsInMs < MINUTE ? "starts in < 1 min" : `starts in ≈ ${aboutText(at.startsInMs)}`
}
