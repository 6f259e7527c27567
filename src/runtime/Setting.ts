/** One setting: its variable, what it takes, and what the table of docs/settings.md says of it. */
import { Duration, Option, Schema, SchemaAST } from "effect"

export interface Setting<A> {
  readonly variable: string
  /** What its value is or counts, in a few words. */
  readonly unit: string
  readonly schema: Schema.Codec<A, string>
  /** The default, as it would be written in the environment. */
  readonly standard?: string
  readonly description: string
  readonly example: string
}

export interface DefaultedSetting<A> extends Setting<A> {
  readonly standard: string
}

export const setting = <A>(definition: DefaultedSetting<A>): DefaultedSetting<A> => definition
export const optional = <A>(definition: Setting<A>): Setting<A> => definition

export const NonEmpty = Schema.String.check(Schema.isPattern(/\S/u, { message: "must not be empty" }))

/** Only digits: a blank would be 0, which means "no limit" to some. */
export const Count = (minimum: number, maximum: number) =>
  Schema.String.check(
    Schema.makeFilter((text: string) =>
      /^\d+$/u.test(text) && Number(text) >= minimum && Number(text) <= maximum
        ? true
        : `must be a whole number from ${minimum} to ${maximum}`
    )
  )
    .pipe(Schema.decodeTo(Schema.NumberFromString))
    .annotate({ range: `${minimum} to ${maximum}` })

/** Timers of a process end there: 2^31 milliseconds. */
export const LONGEST_TIMER = Duration.days(24)

/** No setting means more, and no timer of a database takes much more. */
const LONGEST = Duration.days(36_500)

const UNITS = [
  ["day", Duration.days(1)],
  ["hour", Duration.hours(1)],
  ["minute", Duration.minutes(1)],
  ["second", Duration.seconds(1)]
] as const

/** As the environment has it: `15s`, the short form of `Duration.format`, would be refused there. */
const written = (limit: Duration.Duration): string => {
  const counts = UNITS.map(([unit, one]) => ({ unit, count: Duration.toMillis(limit) / Duration.toMillis(one) }))
  const whole = counts.find(({ count }) => count > 0 && Number.isInteger(count)) ?? counts.at(-1)!
  return `${whole.count} ${whole.unit}${whole.count === 1 ? "" : "s"}`
}

const durationIssue = (text: string, least: Duration.Duration, most: Duration.Duration): string | undefined => {
  const read = Schema.decodeOption(Schema.DurationFromString)(text)
  if (Option.isNone(read)) return "must be a number with a unit, such as 30 seconds or 90 days"
  if (Duration.isLessThan(read.value, least)) return `must be at least ${written(least)}`
  return Duration.isGreaterThan(read.value, most) ? `must be at most ${written(most)}` : undefined
}

export const DurationOf = (least: Duration.Duration, most: Duration.Duration = LONGEST) =>
  Schema.String.check(Schema.makeFilter((text: string) => durationIssue(text, least, most) ?? true)).pipe(
    Schema.decodeTo(Schema.DurationFromString)
  )

const rangeIn = SchemaAST.resolveAt<string>("range")

/** The unit with the limits that are checked: `jobs, 1 to 100`. */
export const unitOf = ({ schema, unit }: Setting<unknown>): string =>
  [unit, rangeIn(schema.ast)].filter((each) => each !== undefined).join(", ")
