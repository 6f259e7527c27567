/**
 * What `setup-services` is told: services with their hours, closed days, delivery zones. Titles are kept with the last
 * check of a schema, and a filter is not in JSON Schema; so filters come first.
 */
import { Schema } from "effect"
import { isSameName } from "./Names.ts"
import { breakProblem, dayChoices, daysOf } from "./OpeningHours.ts"
import { serviceNames } from "./portal/ServicePage.ts"

export const Time = Schema.String.check(Schema.isPattern(/^([01]\d|2[0-3]):[0-5]\d$/u))

const Hours = Schema.Struct({
  days: Schema.Literals(dayChoices).annotate({ title: "Days" }),
  opens: Time.annotate({ title: "Opens", description: "As in 11:30" }),
  closes: Time.annotate({ title: "Closes", description: "Before the opening time means on the next day: 01:00" }),
  breakFrom: Schema.optionalKey(Time.annotate({ title: "Break from" })),
  breakUntil: Schema.optionalKey(Time.annotate({ title: "Break until" }))
}).check(Schema.makeFilter((hours) => breakProblem(hours) ?? true))

const isOncePerDay = (hours: ReadonlyArray<typeof Hours.Type>) => {
  const days = hours.flatMap((entry) => daysOf(entry.days))
  const twice = days.find((day, index) => days.indexOf(day) !== index)
  return twice === undefined || `names ${twice} twice`
}

export const Service = Schema.Struct({
  service: Schema.Literals(serviceNames).annotate({ title: "Service" }),
  offered: Schema.optionalKey(
    Schema.Literals(["yes", "no"]).annotate({
      title: "Offered",
      description: "No takes it off the website and keeps its hours. Yes when left out."
    })
  ),
  preparationMinutes: Schema.optionalKey(
    Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 240 })).annotate({
      title: "Preparation time",
      description: "In minutes. Stays as it is when left out."
    })
  ),
  hours: Schema.Array(Hours)
    .check(Schema.makeFilter(isOncePerDay), Schema.isMaxLength(7))
    .annotate({ title: "Hours", description: "Days that are not named are closed." })
}).check(
  Schema.makeFilter(
    ({ hours, offered }) => offered === "no" || hours.length > 0 || "a service that is offered needs opening hours"
  )
)
export type Service = typeof Service.Type

const Amount = Schema.String.check(Schema.isPattern(/^\d{1,4}\.\d{2}$/u))

export const Zone = Schema.Struct({
  name: Schema.String.check(Schema.isNonEmpty(), Schema.isMaxLength(60)).annotate({ title: "Zone" }),
  postcodes: Schema.Array(Schema.String.check(Schema.isPattern(/^[\dA-Z][\dA-Z-]{0,9}$/u)))
    .check(Schema.isMinLength(1), Schema.isMaxLength(200))
    .annotate({ title: "Postcodes" }),
  fee: Amount.annotate({ title: "Delivery fee", description: "In the restaurant's currency, as in 2.50" }),
  minimumOrder: Schema.optionalKey(Amount.annotate({ title: "Minimum order", description: "0.00 when left out." }))
})
export type Zone = typeof Zone.Type

/** The first that comes a second time. */
const twiceIn = (names: ReadonlyArray<string>) =>
  names.find((name, index) => names.findIndex((other) => isSameName(other, name)) !== index)

const isOnce = (what: string, twice: string | undefined) => twice === undefined || `names the ${what} ${twice} twice`

export const serviceFields = {
  services: Schema.Array(Service)
    .check(
      Schema.makeFilter((services) => isOnce("service", twiceIn(services.map(({ service }) => service)))),
      Schema.isMinLength(1)
    )
    .annotate({ title: "Services", description: "What is not named stays as it is." }),
  zones: Schema.optionalKey(
    Schema.Array(Zone)
      .check(
        Schema.makeFilter((zones) => isOnce("zone", twiceIn(zones.map(({ name }) => name)))),
        Schema.isMaxLength(50)
      )
      .annotate({ title: "Delivery zones", description: "Created or brought up to date; none is removed." })
  ),
  closedDays: Schema.optionalKey(
    Schema.Array(
      Schema.String.check(
        Schema.isPattern(/^\d{4}-\d{2}-\d{2}$/u),
        Schema.makeFilter((date: string) => isDate(date) || "is no date of the calendar")
      )
    )
      .check(Schema.isMaxLength(100))
      .annotate({ title: "Closed days", description: "As in 2030-12-25. Added to those that are there." })
  )
}

/** JavaScript takes 30 February for 2 March. */
const isDate = (text: string) => {
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}
