/** A planned trip: what the model gives for each part of it, and what is made of the parts. */
import { Schema } from "effect"

const CATEGORIES = ["sight", "food", "activity", "transport", "lodging", "other"] as const

/** A time of day. */
export const Clock = Schema.String.check(
  Schema.isPattern(/^(?:[01]\d|2[0-3]):[0-5]\d$/u, { message: "Expected a time as 09:30" })
)
const Cost = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 10_000_000 }))

const Activity = Schema.Struct({
  time: Clock.annotate({ description: "When it begins, as 09:30." }),
  title: Schema.String,
  description: Schema.String,
  place: Schema.String,
  category: Schema.Literals(CATEGORIES),
  cost: Cost.annotate({ description: "For all travellers together, in the currency of the trip." })
})
export type Activity = typeof Activity.Type

export const Outline = Schema.Struct({
  title: Schema.String,
  summary: Schema.String,
  days: Schema.Array(
    Schema.Struct({
      day: Schema.Int.annotate({ description: "Counted from 1." }),
      theme: Schema.String,
      area: Schema.String
    })
  )
})
export type Outline = typeof Outline.Type

/** The outline, with the trip's id: made once, whatever happens later. */
export const KeptOutline = Schema.Struct({ tripId: Schema.String, outline: Outline })

export const DayPlan = Schema.Struct({ activities: Schema.Array(Activity) })
export type DayPlan = typeof DayPlan.Type

export const PlannedDays = Schema.Struct({ days: Schema.Array(DayPlan), warnings: Schema.Array(Schema.String) })
export type PlannedDays = typeof PlannedDays.Type

export const TripResult = Schema.Struct({
  tripId: Schema.String,
  title: Schema.String.annotate({ title: "Title" }),
  summary: Schema.String.annotate({ title: "Summary" }),
  days: Schema.Array(
    Schema.Struct({
      day: Schema.Int,
      date: Schema.optionalKey(Schema.String),
      theme: Schema.String,
      activities: Schema.Array(Activity),
      cost: Schema.Finite
    })
  ),
  totals: Schema.Struct({
    currency: Schema.String,
    cost: Schema.Finite,
    budget: Schema.optionalKey(Schema.Finite),
    byCategory: Schema.Array(Schema.Struct({ category: Schema.Literals(CATEGORIES), cost: Schema.Finite }))
  }),
  warnings: Schema.Array(Schema.String).annotate({ title: "Warnings" })
})
export type TripResult = typeof TripResult.Type

/** Money has two places; sums of fractions have more. */
export const rounded = (amount: number): number => Math.round(amount * 100) / 100

export const costOf = ({ activities }: DayPlan): number =>
  rounded(activities.reduce((sum, activity) => sum + activity.cost, 0))

export const costOfAll = (days: ReadonlyArray<DayPlan>): number =>
  rounded(days.reduce((sum, day) => sum + costOf(day), 0))

export const costsByCategory = (days: ReadonlyArray<DayPlan>): TripResult["totals"]["byCategory"] =>
  CATEGORIES.map((category) => ({
    category,
    cost: rounded(
      days
        .flatMap(({ activities }) => activities)
        .filter((activity) => activity.category === category)
        .reduce((sum, activity) => sum + activity.cost, 0)
    )
  })).filter(({ cost }) => cost > 0)

/** Days in the order of their cost, the dearest first: indices. */
export const dearestFirst = (days: ReadonlyArray<DayPlan>): ReadonlyArray<number> =>
  days.map((_, index) => index).toSorted((a, b) => costOf(days[b]!) - costOf(days[a]!) || a - b)
