/** How jobs ended on the last days, in words. */
import { DAYS_COUNTED, type DayCounts } from "../domain/DayCounts.ts"
import { type EndedCounts, sumOf } from "./EndedCounts.ts"

const DAY_MS = 86_400_000

export interface ShownDay extends EndedCounts {
  /** When it begins, in UTC. */
  readonly at: number
}

const dayOf = (ms: number): number => Math.floor(ms / DAY_MS) * DAY_MS

const firstDay = (today: number): number => today - (DAYS_COUNTED - 1) * DAY_MS

/** The jobs that were looked at do not reach back to the first of the days. */
export const isCut = ({ since }: DayCounts, nowMs: number): boolean =>
  since !== undefined && since.epochMilliseconds >= firstDay(dayOf(nowMs))

/** The last days without gaps, oldest first. Days that were not counted as a whole are left out, but never today. */
export const lastDays = ({ days, since }: DayCounts, nowMs: number): ReadonlyArray<ShownDay> => {
  const byDay = new Map(days.map((each) => [each.day.epochMilliseconds, each]))
  const today = dayOf(nowMs)
  const first = since === undefined ? 0 : Math.min(today, dayOf(since.epochMilliseconds) + DAY_MS)
  return Array.from({ length: DAYS_COUNTED }, (_, index) => firstDay(today) + index * DAY_MS)
    .filter((at) => at >= first)
    .map((at) => ({ at, completed: byDay.get(at)?.completed ?? 0, failed: byDay.get(at)?.failed ?? 0 }))
}

/** "Sat 21 Nov" */
export const dayName = (at: number): string =>
  new Date(at).toUTCString().replace(/^(\w+), 0?(\d+) (\w+) .*$/u, "$1 $2 $3")

const periodOf = (days: ReadonlyArray<ShownDay>): string =>
  days.length < 2 ? "today" : `in the last ${days.length} days`

/** "12 of 13 jobs went well in the last 14 days." */
export const daysText = (days: ReadonlyArray<ShownDay>): string => {
  const { completed, failed } = sumOf(days)
  const ended = completed + failed
  const period = periodOf(days)
  if (ended === 0) return `No job was done or failed ${period}.`
  if (ended === 1) return `1 job ${failed === 1 ? "failed" : "went well"} ${period}.`
  if (failed === 0) return `All ${ended} jobs went well ${period}.`
  return failed === ended ? `All ${ended} jobs failed ${period}.` : `${completed} of ${ended} jobs went well ${period}.`
}
