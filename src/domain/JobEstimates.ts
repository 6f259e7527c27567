/**
 * How long jobs take, from how long the last ones took. Medians and quantiles are of the last 30 successful runs of a
 * type in an organisation and are made anew each minute; everything here only reads them. Waiting for a person, for a
 * place or for the next try counts nowhere.
 */
import { Context, type DateTime, type Effect } from "effect"
import type { DayCounts } from "./DayCounts.ts"
import type { JobId } from "./JobId.ts"
import type { JobsUnavailable } from "./Jobs.ts"
import { COUNT, countOf, type Progress } from "./Progress.ts"
import { declaredStep, type StepDefinition } from "./StepDefinition.ts"

export interface DurationStats {
  readonly runs: number
  readonly p25Ms: number
  readonly medianMs: number
  readonly p75Ms: number
  readonly p90Ms: number
}

/** How the last jobs of a type ended. */
export interface Endings {
  /** Jobs that completed or failed; those of them that failed. */
  readonly ended: number
  readonly failed: number
  readonly commonError?: string
  /** When the oldest of them was created. */
  readonly since?: DateTime.Utc
}

export interface StepEstimate {
  /** Absent before the first successful run. */
  readonly times?: DurationStats
  readonly failed: number
  readonly commonError?: string
}

export interface TypeEstimate extends Endings {
  readonly times?: DurationStats
  /** How far runs were from the median: percent of it, the median of the runs. */
  readonly offPercent?: number
  /** Of the last runs, oldest first, in milliseconds. */
  readonly durationsMs: ReadonlyArray<number>
  readonly steps: ReadonlyMap<string, StepEstimate>
}

/** Of fewer runs nobody is told a number. */
export const FEWEST_RUNS = 5

/** Medians of the steps by name, and of the whole run. */
export interface Medians {
  readonly wholeMs: number
  readonly stepsMs: ReadonlyMap<string, number>
}

export const mediansOf = ({ steps, times }: TypeEstimate): Medians | undefined =>
  times === undefined || times.runs < FEWEST_RUNS
    ? undefined
    : {
        wholeMs: times.medianMs,
        stepsMs: new Map(
          [...steps].flatMap(([name, step]) => (step.times ? [[name, step.times.medianMs] as const] : []))
        )
      }

/** Where a running job is. */
export interface RunPoint {
  /** Names of all steps of its type, in their order. */
  readonly steps: ReadonlyArray<string>
  readonly stepName?: string
  /** In this step, and in this try. */
  readonly stepElapsedMs: number
  readonly elapsedMs: number
  /** What its script said last: "18 of 40 photos". */
  readonly message?: string
}

/** Items after which a step's own pace says more than that of earlier runs. */
const ENOUGH_ITEMS = 3

/** Not in the middle of a number: neither "2 of 3" in "1.2 of 3 GB", nor "1 of 2" in "1 of 2.5". */
const COUNTED = new RegExp(String.raw`(?<![\d.,])(${COUNT}) of (${COUNT})(?![.,]?\d)`, "u")

/** "18 of 40 photos": how many are done, and of how many. */
export const countedItems = (
  message: string | undefined
): { readonly done: number; readonly of: number } | undefined => {
  const [, done, of] = COUNTED.exec(message ?? "") ?? []
  if (done === undefined || of === undefined) return undefined
  const items = { done: countOf(done), of: countOf(of) }
  return items.of > 0 && items.done <= items.of ? items : undefined
}

const leftInStep = (medianMs: number, { message, stepElapsedMs }: RunPoint): number => {
  const items = countedItems(message)
  if (items !== undefined && items.done >= ENOUGH_ITEMS) {
    return (stepElapsedMs * (items.of - items.done)) / items.done
  }
  return Math.max(0, medianMs - stepElapsedMs)
}

/** How long the job still needs, in milliseconds. */
export const leftMs = ({ stepsMs, wholeMs }: Medians, point: RunPoint): number => {
  const at = point.stepName === undefined ? -1 : point.steps.indexOf(point.stepName)
  if (at < 0 || stepsMs.size === 0) return Math.round(Math.max(0, wholeMs - point.elapsedMs))
  const later = point.steps.slice(at + 1).reduce((sum, name) => sum + (stepsMs.get(name) ?? 0), 0)
  return Math.round(leftInStep(stepsMs.get(point.stepName ?? "") ?? 0, point) + later)
}

const HIGHEST_BEFORE_END = 99

/**
 * How much of the usual time is behind: 0 to 99, and no less than the job's own percentage. It follows only that one, which
 * never falls, and weighs its steps: what is left at a step's own pace may grow, so it says nothing here. Without times
 * of steps it follows the time that is left.
 */
export const percentFrom = (
  { stepsMs, wholeMs }: Medians,
  steps: ReadonlyArray<StepDefinition>,
  { percent, step = 1, totalSteps }: Progress,
  left: number | undefined
): number => {
  const weights = steps.map(() => 0)
  for (const [name, ms] of stepsMs) {
    const index = declaredStep(steps, name)?.index
    if (index !== undefined) weights[index]! += ms
  }
  const at = Math.max((percent / 100) * totalSteps, step - 1)
  const behind = weights.reduce((sum, ms, index) => sum + ms * Math.min(1, Math.max(0, at - index)), 0)
  const all = weights.reduce((sum, ms) => sum + ms, 0)
  const share = all > 0 ? behind / all : left === undefined ? 0 : (wholeMs - left) / Math.max(wholeMs, 1)
  return Math.max(percent, Math.min(HIGHEST_BEFORE_END, Math.floor(share * 100)))
}

/** When each of those in line gets a place, if every job takes its usual time. None is told past one of unknown length. */
export const startsInMs = (
  places: number,
  runningLeftMs: ReadonlyArray<number | undefined>,
  lineMs: ReadonlyArray<number | undefined>
): ReadonlyArray<number | undefined> => {
  const known = (ms: number | undefined): number => ms ?? Number.POSITIVE_INFINITY
  const free = Array.from({ length: Math.max(0, places - runningLeftMs.length) }, () => 0)
  const ends = [...free, ...runningLeftMs.map(known)]
  return lineMs.map((ms) => {
    const first = Math.min(...ends)
    if (!Number.isFinite(first)) return undefined
    ends[ends.indexOf(first)] = first + known(ms)
    return Math.round(first)
  })
}

/** Where a job stands among those that could start if there were a place. */
export interface QueuePlace {
  /** Counted from 1. */
  readonly place: number
  readonly startsInMs?: number
}

export class JobEstimates extends Context.Service<
  JobEstimates,
  {
    /** By name, of the caller's organisation; a few seconds old. */
    readonly types: Effect.Effect<ReadonlyMap<string, TypeEstimate>, JobsUnavailable>
    /** How the newest 1,000 jobs of this type ended, day by day; a few seconds old. */
    readonly ended: (jobType: string) => Effect.Effect<DayCounts, JobsUnavailable>
    /** Of these jobs those that are among the first 200 in line of their lane; a few seconds old. */
    readonly places: (ids: ReadonlyArray<JobId>) => Effect.Effect<ReadonlyMap<JobId, QueuePlace>, JobsUnavailable>
    /** Makes all estimates anew, unless that was done within the last minute. */
    readonly refresh: Effect.Effect<void, JobsUnavailable>
  }
>()("callboard/domain/JobEstimates") {}
