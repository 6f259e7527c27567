/** How guests get their food, and when: delivery, pickup and dine-in, closed days, delivery zones. */

export const serviceKinds = ["delivery", "pickup", "dine-in"] as const
export type ServiceKind = (typeof serviceKinds)[number]

export const serviceTitles: Record<ServiceKind, string> = {
  delivery: "Delivery",
  pickup: "Pickup",
  "dine-in": "Dine-in"
}

export const weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const
export type Weekday = (typeof weekdays)[number]

/** Times are HH:MM or empty. Closing before opening means on the next day. */
export interface DayHours {
  readonly isOpen: boolean
  readonly opens: string
  readonly closes: string
  readonly breakFrom: string
  readonly breakUntil: string
}

export interface Service {
  readonly isOffered: boolean
  readonly preparationMinutes: string
  readonly hours: Readonly<Record<Weekday, DayHours>>
}

export interface Zone {
  readonly id: string
  readonly name: string
  /** Separated by comma and blank. */
  readonly postcodes: string
  /** Amounts as people write them: 2.50 */
  readonly fee: string
  readonly minimumOrder: string
}

export interface Services {
  readonly kinds: Readonly<Record<ServiceKind, Service>>
  /** ISO dates in order. */
  readonly closedDays: ReadonlyArray<string>
  readonly zones: ReadonlyArray<Zone>
}

const closed: DayHours = { isOpen: false, opens: "", closes: "", breakFrom: "", breakUntil: "" }

/** The same hours on each day. */
export const everyDay = (hours: DayHours) =>
  Object.fromEntries(weekdays.map((day) => [day, hours])) as Record<Weekday, DayHours>

const notOffered: Service = { isOffered: false, preparationMinutes: "20", hours: everyDay(closed) }

export const noServices: Services = {
  kinds: { delivery: notOffered, pickup: notOffered, "dine-in": notOffered },
  closedDays: [],
  zones: []
}

const minutes = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))

const isTime = (text: string) => /^([01]\d|2[0-3]):[0-5]\d$/u.test(text)

const problemWithDay = ({ breakFrom, breakUntil, closes, isOpen, opens }: DayHours): string | undefined => {
  if (!isOpen) return undefined
  if (!isTime(opens) || !isTime(closes)) return "an open day needs an opening and a closing time."
  if (opens === closes) return "it opens and closes at the same time."
  if (breakFrom === "" && breakUntil === "") return undefined
  if (!isTime(breakFrom) || !isTime(breakUntil)) return "a break needs its begin and its end."
  const sinceOpening = (time: string) => (minutes(time) - minutes(opens) + 1440) % 1440
  const isInside = 0 < sinceOpening(breakFrom) && sinceOpening(breakUntil) < sinceOpening(closes)
  return isInside && sinceOpening(breakFrom) < sinceOpening(breakUntil)
    ? undefined
    : "the break is not inside the opening hours."
}

export const problemWithService = (service: Service): string | undefined => {
  const preparation = Number(service.preparationMinutes)
  if (!/^\d{1,3}$/u.test(service.preparationMinutes) || preparation > 240) {
    return "The preparation time is a whole number of minutes, at most 240."
  }
  const day = weekdays.find((name) => problemWithDay(service.hours[name]) !== undefined)
  if (day !== undefined) return `${day}: ${problemWithDay(service.hours[day])}`
  return service.isOffered && weekdays.every((name) => !service.hours[name].isOpen)
    ? "A service that is offered needs at least one open day."
    : undefined
}

const isAmount = (text: string) => /^\d{1,4}\.\d{2}$/u.test(text)

export const problemWithZone = ({ fee, id, minimumOrder, name, postcodes }: Zone, all: ReadonlyArray<Zone>) => {
  if (name === "" || name.length > 60) return "A zone needs a name of at most 60 characters."
  if (!/^[\dA-Z][\dA-Z ,-]*$/iu.test(postcodes)) return "A zone needs at least one postcode."
  if (!isAmount(fee) || !isAmount(minimumOrder)) return "Amounts are written like 2.50."
  const other = all.find((zone) => zone.id !== id && zone.name.toLowerCase() === name.toLowerCase())
  return other === undefined ? undefined : `There is a zone named “${other.name}” already.`
}
