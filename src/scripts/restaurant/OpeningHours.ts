/** Opening hours: which days a person means, and whether a break is inside them. Pure. */
import { type Weekday, weekdays } from "./portal/ServicePage.ts"

export const dayChoices = [...weekdays, "Monday to Friday", "Saturday and Sunday", "Every day"] as const
export type DayChoice = (typeof dayChoices)[number]

export const daysOf = (choice: DayChoice): ReadonlyArray<Weekday> => {
  if (choice === "Every day") return weekdays
  if (choice === "Monday to Friday") return weekdays.slice(0, 5)
  return choice === "Saturday and Sunday" ? weekdays.slice(5) : [choice]
}

export interface Hours {
  readonly opens: string
  /** Before the opening time means on the next day. */
  readonly closes: string
  readonly breakFrom?: string
  readonly breakUntil?: string
}

const minutes = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
const DAY_MINUTES = 24 * 60

export const breakProblem = ({ breakFrom, breakUntil, closes, opens }: Hours): string | undefined => {
  if (opens === closes) return "opens and closes at the same time"
  if (breakFrom === undefined && breakUntil === undefined) return undefined
  if (breakFrom === undefined || breakUntil === undefined) return "a break needs its begin and its end"
  const sinceOpening = (time: string) => (minutes(time) - minutes(opens) + DAY_MINUTES) % DAY_MINUTES
  const [from, until] = [sinceOpening(breakFrom), sinceOpening(breakUntil)]
  return 0 < from && from < until && until < sinceOpening(closes)
    ? undefined
    : "the break is not inside the opening hours"
}
