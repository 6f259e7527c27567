/** Where the bars of a job's steps lie on a line of time. Positions are percent of its width. */
import type { Attempt, StepRun } from "../../domain/Attempt.ts"
import type { TypeEstimate } from "../../domain/JobEstimates.ts"
import type { JobHistory } from "../../domain/JobReports.ts"
import { type PlacedStep, runState, type StepState, stepsInOrder } from "../JobSteps.ts"
import { type ShownJob, stepTitle } from "../ShownJob.ts"

export type BarKind = Exclude<StepState, "planned"> | "person" | "retry"

export interface Bar {
  readonly kind: BarKind
  readonly from: number
  readonly width: number
}

export interface WaterfallRow {
  /** "2.upload": the step of a try; what the URL names. */
  readonly key: string
  readonly number: number
  readonly title: string
  readonly name: string
  /** Absent for a step that has not run. */
  readonly run?: StepRun
  readonly state: "planned" | BarKind
  readonly bars: ReadonlyArray<Bar>
  /** Where it would usually have ended. */
  readonly usualEnd?: number
  readonly tookMs?: number
  readonly usualMs?: number
}

export interface Waterfall {
  readonly rows: ReadonlyArray<WaterfallRow>
  /** Times since the start of the line, each with its place. */
  readonly ticks: ReadonlyArray<{ readonly at: number; readonly ms: number }>
}

export interface WaterfallOptions {
  readonly attempt?: number | undefined
  /** With the time between tries as long as it was. */
  readonly idle: boolean
  readonly problems: boolean
}

interface Span {
  readonly from: number
  readonly to: number
}

/** A gap between tries that is folded is this much of the line. */
const FOLDED = 0.02

/** Too short to see is shown all the same. */
const THINNEST = 0.4

const spanOf = (run: Pick<Attempt, "startedAt" | "endedAt">, nowMs: number): Span => ({
  from: run.startedAt.epochMilliseconds,
  to: Math.max(run.endedAt?.epochMilliseconds ?? nowMs, run.startedAt.epochMilliseconds)
})

/** From a moment to its place on a line that is made of these spans, with the gaps between them folded or not. */
const lineOf = (spans: ReadonlyArray<Span>, idle: boolean) => {
  const first = spans[0]?.from ?? 0
  const last = Math.max(first + 1, ...spans.map(({ to }) => to))
  if (idle || spans.length < 2) {
    return { total: last - first, place: (at: number) => ((at - first) / (last - first)) * 100 }
  }
  const busy = spans.reduce((sum, { from, to }) => sum + to - from, 0)
  const gap = Math.max(1, busy * FOLDED)
  const total = Math.max(1, busy + gap * (spans.length - 1))
  const place = (at: number): number => {
    let before = 0
    for (const { from, to } of spans) {
      if (at <= to) return ((before + Math.max(0, at - from)) / total) * 100
      before += to - from + gap
    }
    return 100
  }
  return { total, place }
}

const NICE_MS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400].map((s) => s * 1_000)
const MOST_TICKS = 6

const ticksOf = (total: number, isFolded: boolean): Waterfall["ticks"] => {
  if (isFolded) return []
  const each = NICE_MS.find((ms) => total / ms <= MOST_TICKS) ?? total
  return Array.from({ length: Math.floor(total / each) + 1 }, (_, index) => ({
    ms: index * each,
    at: ((index * each) / total) * 100
  })).filter(({ at }) => at < 97)
}

const clamp = (value: number): number => Math.min(100, Math.max(0, value))

const round = (value: number): number => Math.round(value * 100) / 100

export const waterfall = (
  shown: ShownJob,
  { attempts, prompts, steps: runs }: JobHistory,
  estimate: TypeEstimate | undefined,
  { attempt, idle, problems }: WaterfallOptions
): Waterfall => {
  const { job, nowMs, steps } = shown
  const wanted = (n: number) => attempt === undefined || n === attempt
  const tries = attempts.filter((each) => wanted(each.attempt))
  const shownRuns = runs.filter((run) => wanted(run.attempt))
  const spans = (tries.length > 0 ? tries : shownRuns).map((each) => spanOf(each, nowMs))
  const { place, total } = lineOf(spans, idle)
  const placed = stepsInOrder(
    steps,
    runs.map(({ name }) => name)
  )

  const bar = (kind: BarKind, { from, to }: Span): Bar => {
    const [start, end] = [clamp(place(from)), clamp(place(to))]
    const at = Math.min(start, 100 - THINNEST)
    return { kind, from: round(at), width: round(Math.max(THINNEST, end - at)) }
  }
  const waitsOf = (run: StepRun): ReadonlyArray<Bar> =>
    prompts
      .filter((prompt) => prompt.attempt === run.attempt && prompt.step === run.name)
      .map((prompt) => {
        const end = prompt.answeredAt ?? prompt.closedAt
        return bar("person", { from: prompt.askedAt.epochMilliseconds, to: end?.epochMilliseconds ?? nowMs })
      })
  /** The wait before a try stands before its first step. */
  const retryOf = (run: StepRun): ReadonlyArray<Bar> => {
    const own = tries.find((each) => each.attempt === run.attempt)
    const before = tries.find((each) => each.attempt === run.attempt - 1)
    const isFirst = shownRuns.find((each) => each.attempt === run.attempt) === run
    if (!isFirst || !idle || own === undefined || before?.endedAt === undefined) return []
    return [bar("retry", { from: before.endedAt.epochMilliseconds, to: own.startedAt.epochMilliseconds })]
  }
  const rowOf = (run: StepRun, number: number): WaterfallRow => {
    const span = spanOf(run, nowMs)
    const state = runState(job, run)
    const usualMs = estimate?.steps.get(run.name)?.times?.medianMs
    return {
      key: `${run.attempt}.${run.name}`,
      number,
      name: run.name,
      title: stepTitle(steps, run.name),
      run,
      state,
      bars: [...retryOf(run), bar(state, span), ...waitsOf(run)],
      ...(state !== "stopped" && { tookMs: span.to - span.from }),
      ...(usualMs !== undefined && { usualMs, usualEnd: round(clamp(place(span.from + usualMs))) })
    }
  }
  const planned = ({ name, number }: PlacedStep): WaterfallRow => {
    const usualMs = estimate?.steps.get(name)?.times?.medianMs
    const line = { key: `0.${name}`, number, name, title: stepTitle(steps, name) }
    return { ...line, state: "planned", bars: [], ...(usualMs !== undefined && { usualMs }) }
  }
  const rows = placed
    .flatMap((step) => {
      const own = shownRuns.filter((run) => run.name === step.name)
      return own.length > 0 ? own.map((run) => rowOf(run, step.number)) : [planned(step)]
    })
    .filter(({ state }) => !problems || state === "failed" || state === "stopped")
  return { rows, ticks: spans.length === 0 ? [] : ticksOf(total, !idle && spans.length > 1) }
}
