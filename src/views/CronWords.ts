/** A cron expression as people say it. */
import cronstrue from "cronstrue"

/** "At 06:00, only on Monday"; the expression itself where it has no words. */
export const cronWords = (cron: string): string => {
  const words = cronstrue.toString(cron, { throwExceptionOnParseError: false, use24HourTimeFormat: true })
  return words.startsWith("An error occurred") ? cron : words
}
