/** Why no job can be made: ids begin with the time, and the database takes those of an hour around its own time. */
import { Data, Duration } from "effect"

const MINUTE_MS = 60_000

export class ClocksDiffer extends Data.TaggedError("ClocksDiffer")<{ readonly byMs: number }> {
  override get message(): string {
    const minutes = Math.round(this.byMs / MINUTE_MS)
    return `The clocks of this server and its database differ by ${Duration.format(Duration.minutes(minutes))}.`
  }
}
