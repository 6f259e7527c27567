/** A cron expression as people say it. */
import cronstrue from "cronstrue"

/** "At 06:00, only on Monday"; nothing where it has no words. */
export const cronWords = (cron: string): string | undefined => {
  const words = cronstrue.toString(cron, { throwExceptionOnParseError: false, use24HourTimeFormat: true })
  return words.startsWith("An error occurred") ? undefined : words
}
