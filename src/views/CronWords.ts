/** A cron expression as people say it. */
import cronstrue from "cronstrue"

/** "At 06:00, only on Monday"; the expression itself where it has no words. */
export const cronWords = (cron: string): string => {
  const words = cronstrue.toString(cron, { throwExceptionOnParseError: false, use24HourTimeFormat: true })
  return words.startsWith("An error occurred") ? cron : words
}

/** A moment as a clock in that zone shows it: "Mon 24 Nov, 06:00". */
export const zonedText = (at: number, timeZone: string): string => {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23"
  }).formatToParts(at)
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((each) => each.type === type)?.value ?? ""
  return `${part("weekday")} ${part("day")} ${part("month")}, ${part("hour")}:${part("minute")}`
}
