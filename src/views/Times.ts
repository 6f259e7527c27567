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

/** "< 0.1 s", "0.4 s", "11 s", "1 m 02 s", "2 h 05 m", "3 d 4 h": what is not full yet does not count, so nothing is "1.0 s". */
export const durationText = (ms: number): string => {
  if (ms < SECOND / 10) return "< 0.1 s"
  if (ms < SECOND) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`
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

/** Making one costs more than using it a thousand times. */
const formats = new Map<string, Intl.DateTimeFormat>()

const formatOf = (zone: string): Intl.DateTimeFormat => {
  const known = formats.get(zone)
  if (known !== undefined) return known
  const made = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    timeZoneName: "short"
  })
  formats.set(zone, made)
  return made
}

const partsOf = (at: number, zone: string): Partial<Record<Intl.DateTimeFormatPartTypes, string>> =>
  Object.fromEntries(
    formatOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value])
  )

/** A moment as a clock in that zone shows it: "Mon 24 Nov, 06:00"; with the year where it is another one than now. */
export const zonedText = (at: number, now: number, zone: string): string => {
  const { day, hour, minute, month, weekday, year } = partsOf(at, zone)
  return `${weekday} ${day} ${month}${year === partsOf(now, zone).year ? "" : ` ${year}`}, ${hour}:${minute}`
}

/** "24 Nov 2026" */
const dayText = (at: number, zone: string): string => {
  const { day, month, year } = partsOf(at, zone)
  return `${day} ${month} ${year}`
}

/** "Mon 24 Nov, 06:00 CET" */
const shortDateText = (at: number, now: number, zone: string): string =>
  `${zonedText(at, now, zone)} ${partsOf(at, zone).timeZoneName}`

/** "14:03:22" */
const clockText = (at: number, zone: string = "UTC"): string => {
  if (zone === "UTC") return new Date(at).toISOString().slice(11, 19)
  const { hour, minute, second } = partsOf(at, zone)
  return `${hour}:${minute}:${second}`
}

/** "14:03:22 UTC", or without the seconds; a reader's own zone needs no name. */
const momentText = (clock: string, zone: string): string => (zone === "UTC" ? `${clock} UTC` : clock)

const amount = (ms: number): string => {
  if (ms < MINUTE) return `${Math.max(1, Math.round(ms / SECOND))} s`
  return ms < HOUR ? `${Math.floor(ms / MINUTE)} min` : `${Math.floor(ms / HOUR)} h`
}

/** "12 min ago" or "in 40 s"; a date where it is more than a day away. */
export const relativeText = (at: number, now: number, zone: string = "UTC"): string => {
  const distance = at - now
  if (Math.abs(distance) >= DAY) return shortDateText(at, now, zone)
  if (distance > 0) return `in ${amount(distance)}`
  return distance > -MINUTE ? "just now" : `${amount(-distance)} ago`
}

/** Something that starts by itself: like `relativeText`, but a time that has come is not in the past. */
export const dueText = (at: number, now: number, zone: string = "UTC"): string =>
  at <= now ? "any moment now" : relativeText(at, now, zone)

/** A time until which a question can be answered: "4 m 12 s left to answer". */
const leftText = (at: number, now: number): string =>
  at <= now ? "time is up" : `${durationText(at - now)} left to answer`

/**
 * How a shown time is worded: past or future, something that starts by itself, how long it lasts already, how much time
 * is left to answer, or the clock: to the second, to the minute, or alone, as in each line of a
 * log; or the day.
 */
export type TimeKind = "relative" | "due" | "elapsed" | "left" | "moment" | "minute" | "clock" | "day"

/** In UTC on the server, which knows no reader's zone; the script of the page says it in theirs. */
export const timeText = (kind: string | undefined, at: number, now: number, zone: string = "UTC"): string => {
  if (kind === "elapsed") return durationText(now - at)
  if (kind === "left") return leftText(at, now)
  if (kind === "clock") return clockText(at, zone)
  if (kind === "day") return dayText(at, zone)
  if (kind === "moment") return momentText(clockText(at, zone), zone)
  if (kind === "minute") return momentText(clockText(at, zone).slice(0, 5), zone)
  return kind === "due" ? dueText(at, now, zone) : relativeText(at, now, zone)
}
