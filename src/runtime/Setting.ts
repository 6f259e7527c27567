/** One setting: its variable, what it takes, and what the table of docs/settings.md says of it. */
import { Duration, Schema, SchemaAST } from "effect"

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

export const NonEmpty = Schema.String.check(Schema.isNonEmpty({ message: "must not be empty" }))

export const Count = (minimum: number, maximum: number) =>
  Schema.NumberFromString.check(
    Schema.makeFilter((n: number) =>
      Number.isInteger(n) && n >= minimum && n <= maximum
        ? true
        : `must be a whole number from ${minimum} to ${maximum}`
    )
  ).annotate({ range: `${minimum} to ${maximum}` })

export const DurationOf = (atLeast: Duration.Duration) =>
  Schema.DurationFromString.check(
    Schema.makeFilter((value: Duration.Duration) =>
      Duration.isGreaterThanOrEqualTo(value, atLeast) ? true : `must be at least ${Duration.format(atLeast)}`
    )
  )

const rangeIn = SchemaAST.resolveAt<string>("range")

/** The unit with the limits that are checked: `jobs, 1 to 100`. */
export const unitOf = ({ schema, unit }: Setting<unknown>): string =>
  [unit, rangeIn(schema.ast)].filter((each) => each !== undefined).join(", ")
