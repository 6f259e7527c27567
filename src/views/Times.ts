/**
 * Times and durations as people read them. The page's script contains this file too (Assets.ts), so that the texts
 * which tick in the browser are made by the same rule; it must import nothing.
 */
const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

const twoDigits = (value: number): string => String(value).padStart(2, "0")

/** "0.4 s", "11 s", "1 m 02 s", "2 h 05 m", "3 d 4 h". */
export const durationText = (ms: number): string => {
  if (ms < SECOND) return `${(Math.max(0, ms) / SECOND).toFixed(1)} s`
  const seconds = Math.floor(ms / SECOND)
  if (ms < MINUTE) return `${seconds} s`
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} m ${twoDigits(seconds % 60)} s`
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h ${twoDigits(Math.floor(ms / MINUTE) % 60)} m`
  return `${Math.floor(ms / DAY)} d ${Math.floor(ms / HOUR) % 24} h`
}

/** A length that was chosen, not measured: "10 m" where a clock would say "10 m 00 s". */
export const lengthText = (ms: number): string => durationText(ms).replace(/ (?:00 [sm]|0 h)$/u, "")

/** "24 Nov 2026, 06:00 UTC" */
export const dateText = (at: number): string => {
  const date = new Date(at)
  const day = `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`
  return `${day}, ${twoDigits(date.getUTCHours())}:${twoDigits(date.getUTCMinutes())} UTC`
}

/** "14:03:22", in UTC. */
export const clockText = (at: number): string => new Date(at).toISOString().slice(11, 19)

const amount = (ms: number): string => {
  if (ms < MINUTE) return `${Math.max(1, Math.round(ms / SECOND))} s`
  return ms < HOUR ? `${Math.floor(ms / MINUTE)} min` : `${Math.floor(ms / HOUR)} h`
}

/** "12 min ago" or "in 40 s"; a date where it is more than a day away. */
export const relativeText = (at: number, now: number): string => {
  const distance = at - now
  if (Math.abs(distance) >= DAY) return dateText(at)
  if (distance > 0) return `in ${amount(distance)}`
  return distance > -MINUTE ? "just now" : `${amount(-distance)} ago`
}

/** Something that starts by itself: like `relativeText`, but a time that has come is not in the past. */
export const dueText = (at: number, now: number): string => (at <= now ? "any moment now" : relativeText(at, now))

/** A time until which something can be done: "4 m 12 s left". */
const leftText = (at: number, now: number): string => (at <= now ? "time is up" : `${durationText(at - now)} left`)

/**
 * How a shown time is worded: past or future, something that starts by itself, how long it lasts already, or how much
 * time is left.
 */
export type TimeKind = "relative" | "due" | "elapsed" | "left"

export const timeText = (kind: string | undefined, at: number, now: number): string => {
  if (kind === "elapsed") return durationText(now - at)
  if (kind === "left") return leftText(at, now)
  return kind === "due" ? dueText(at, now) : relativeText(at, now)
}
