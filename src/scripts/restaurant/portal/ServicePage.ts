import { button, field } from "./Controls.ts"
import { makeForm } from "./Form.ts"
import type { Control, Portal } from "./Portal.ts"

export const serviceNames = ["delivery", "pickup", "dine-in"] as const
export type ServiceName = (typeof serviceNames)[number]

export const serviceTitles: Record<ServiceName, string> = {
  delivery: "Delivery",
  pickup: "Pickup",
  "dine-in": "Dine-in"
}

export const weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const
export type Weekday = (typeof weekdays)[number]

const dayFields = weekdays.flatMap(
  (day): ReadonlyArray<[string, Control]> => [
    [`${day}.isOpen`, field("Open", day)],
    [`${day}.opens`, field("Opens", day)],
    [`${day}.closes`, field("Closes", day)],
    [`${day}.breakFrom`, field("Break from", day)],
    [`${day}.breakUntil`, field("Break until", day)]
  ]
)

const fields = {
  isOffered: field("Offer this service"),
  preparationMinutes: field("Preparation time in minutes"),
  ...Object.fromEntries(dayFields)
}

/** One service with its hours. The keys of its form are `isOffered`, `preparationMinutes`, `Monday.opens` and so on. */
export const makeServicePage = (portal: Portal) => ({
  open: (name: ServiceName) => portal.open(`services/${name}`),
  form: makeForm(portal, fields, button("Save service"))
})
