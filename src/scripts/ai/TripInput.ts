/** What a trip is planned from. */
import { DateTime, Schema } from "effect"
import { budgetField } from "./AiServices.ts"

const MOST_DAYS = 21

const DAY_MS = 86_400_000

const isDay = (text: string): boolean => {
  const at = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text)
}

/** The pattern comes last, because titles and hints of a field stay with the last check. */
const Day = Schema.String.check(
  Schema.makeFilter((text: string) => isDay(text) || "Expected a day that exists, as 2026-05-31"),
  Schema.isPattern(/^\d{4}-\d{2}-\d{2}$/u, { message: "Expected a day as 2026-05-31" })
)

const Text = (longest: number) => Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(longest))
const count = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const fields = {
  destination: Text(200).annotate({ title: "Destination", description: "A town, a region or a country." }),
  startDate: Schema.optionalKey(Day.annotate({ title: "First day", description: "As 2026-05-31." })),
  endDate: Schema.optionalKey(Day.annotate({ title: "Last day", description: "Instead of the number of days." })),
  days: Schema.optionalKey(count(1, MOST_DAYS).annotate({ title: "Days", description: "Where there is no last day." })),
  travellers: Schema.optionalKey(
    count(1, 50).annotate({ title: "Travellers", description: "How many people. Standard: 1." })
  ),
  style: Schema.optionalKey(
    Text(200).annotate({ title: "Style", description: "Such as: family, luxury, backpacking." })
  ),
  budget: Schema.optionalKey(
    Schema.Finite.check(Schema.isBetween({ minimum: 1, maximum: 10_000_000 })).annotate({
      title: "Budget",
      description: "For the whole trip and all travellers, without the way there."
    })
  ),
  currency: Schema.optionalKey(
    Schema.String.check(Schema.isPattern(/^[A-Z]{3}$/u, { message: "Expected three letters, such as EUR" })).annotate({
      title: "Currency",
      description: "Three letters. Standard: EUR."
    })
  ),
  interests: Schema.optionalKey(
    Schema.Array(Text(100))
      .check(Schema.isMaxLength(20))
      .annotate({ title: "Interests", description: "Such as: food, museums, hiking." })
  ),
  pace: Schema.optionalKey(
    Schema.Literals(["relaxed", "moderate", "full"]).annotate({
      title: "Pace",
      description: "How much fits into a day."
    })
  ),
  ...budgetField
}

interface Dates {
  readonly startDate?: string
  readonly endDate?: string
  readonly days?: number
}

const msOf = (day: string) => Date.parse(`${day}T00:00:00Z`)

export const dayCount = ({ days, endDate, startDate }: Dates): number =>
  startDate !== undefined && endDate !== undefined
    ? Math.round((msOf(endDate) - msOf(startDate)) / DAY_MS) + 1
    : (days ?? 0)

export const TripInput = Schema.Struct(fields).check(
  Schema.makeFilter((input: Dates) => {
    if (input.endDate !== undefined && input.startDate === undefined) {
      return { path: ["startDate"], issue: "Expected the first day, because there is a last day" }
    }
    const count = dayCount(input)
    if (count < 1)
      return { path: ["days"], issue: "Expected the number of days, or a last day that is not before the first" }
    if (count > MOST_DAYS) return { path: ["days"], issue: `Expected at most ${MOST_DAYS} days` }
    if (input.endDate !== undefined && input.days !== undefined && input.days !== count) {
      return { path: ["days"], issue: `Expected ${count} days, as from the first to the last day, or none` }
    }
    return true
  })
)
export type TripInput = typeof TripInput.Type

/** "2026-06-02" for day 3 of a trip that starts on 2026-05-31; undefined without a first day. */
export const dateOf = ({ startDate }: Dates, day: number): string | undefined =>
  startDate === undefined
    ? undefined
    : DateTime.formatIsoDateUtc(DateTime.makeUnsafe(msOf(startDate) + (day - 1) * DAY_MS))
