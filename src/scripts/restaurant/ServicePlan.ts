/** What the portal's forms have to hold for a wish: pure, and the same answer in every attempt. */

import { named } from "./Names.ts"
import { daysOf, type Hours } from "./OpeningHours.ts"
import type { Values } from "./portal/Form.ts"
import { type Weekday, weekdays } from "./portal/ServicePage.ts"
import type { ListedZone } from "./portal/ZonesPage.ts"
import type { Service, Zone } from "./ServicesInput.ts"

/** The times of a closed day do not matter, so they stay as they are. */
const dayValues = (day: Weekday, hours: Hours | undefined): Values =>
  hours === undefined
    ? { [`${day}.isOpen`]: false }
    : {
        [`${day}.isOpen`]: true,
        [`${day}.opens`]: hours.opens,
        [`${day}.closes`]: hours.closes,
        [`${day}.breakFrom`]: hours.breakFrom ?? "",
        [`${day}.breakUntil`]: hours.breakUntil ?? ""
      }

export const serviceValues = ({ hours, offered, preparationMinutes }: Service): Values => {
  const shared = preparationMinutes === undefined ? {} : { preparationMinutes: String(preparationMinutes) }
  if (offered === "no" && hours.length === 0) return { isOffered: false, ...shared }
  const days = weekdays.map((day) =>
    dayValues(
      day,
      hours.find((entry) => daysOf(entry.days).includes(day))
    )
  )
  return Object.assign({ isOffered: offered !== "no" }, shared, ...days)
}

export const zoneValues = ({ fee, minimumOrder = "0.00", name, postcodes }: Zone): Values => ({
  name,
  postcodes: [...new Set(postcodes)].join(", "),
  fee,
  minimumOrder
})

export const findZone = (zones: ReadonlyArray<ListedZone>, name: string) => named(zones, name)

/** Zones of the input that the portal has, but with other values; their name may be written otherwise. */
export const differentZones = (zones: ReadonlyArray<ListedZone>, wishes: ReadonlyArray<Zone>): ReadonlyArray<Zone> =>
  wishes.filter((wish) => {
    const zone = findZone(zones, wish.name)
    const { fee, minimumOrder, postcodes } = zoneValues(wish)
    return (
      zone !== undefined && (zone.fee !== fee || zone.minimumOrder !== minimumOrder || zone.postcodes !== postcodes)
    )
  })

export const missingZones = (zones: ReadonlyArray<ListedZone>, wishes: ReadonlyArray<Zone>): ReadonlyArray<Zone> =>
  wishes.filter((wish) => findZone(zones, wish.name) === undefined)
