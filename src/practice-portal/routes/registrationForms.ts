/** What the forms of a registration say, and what is wrong with it. */
import { countries, type Opening, weekdays } from "../data/Accounts.ts"
import { isRestaurantId, PRACTICE_EMAIL } from "../data/Sessions.ts"
import { type Form, field, type Portal } from "../PortalEnv.ts"

const SHORTEST_PASSWORD = 10

export const readOwner = (form: Form) => ({
  restaurant: field(form, "restaurantId"),
  name: field(form, "name"),
  email: field(form, "email"),
  password: form.password?.[0] ?? ""
})

export const problemWithOwner = ({ accounts }: Portal, owner: ReturnType<typeof readOwner>) => {
  if (!isRestaurantId(owner.restaurant)) {
    return { text: "A restaurant ID has up to 64 lower-case letters, digits and dashes.", status: 422 as const }
  }
  if (owner.name === "" || !/^[^@\s]+@[^@\s]+$/u.test(owner.email)) {
    return { text: "A restaurant needs a name and an e-mail.", status: 422 as const }
  }
  if (owner.password.length < SHORTEST_PASSWORD) {
    return { text: `A password has at least ${SHORTEST_PASSWORD} characters.`, status: 422 as const }
  }
  if (accounts.find(owner.restaurant) !== undefined) {
    return { text: "This restaurant ID is taken.", status: 409 as const }
  }
  if (accounts.hasEmail(owner.email) || owner.email.toLowerCase() === PRACTICE_EMAIL) {
    return { text: "There is an account with this e-mail already.", status: 409 as const }
  }
  return undefined
}

export const readAddress = (form: Form) => ({
  street: field(form, "street"),
  postalCode: field(form, "postalCode"),
  city: field(form, "city"),
  country: countries.find((country) => country === field(form, "country")) ?? "Italy",
  phone: field(form, "phone")
})

export const problemWithAddress = (address: ReturnType<typeof readAddress>): string | undefined => {
  if (address.street === "" || address.city === "") return "An address needs a street and a city."
  if (!/^[A-Z0-9 -]{3,10}$/iu.test(address.postalCode)) return "This is no postal code."
  return /^\+?[0-9 ()/-]{6,20}$/u.test(address.phone) ? undefined : "This is no phone number."
}

export const readOpening = (form: Form): Opening => ({
  days: weekdays.filter((day) => form.days?.includes(day)),
  from: field(form, "from"),
  to: field(form, "to")
})

export const problemWithOpening = ({ days, from, to }: Opening): string | undefined => {
  if (days.length === 0) return "Choose at least one day."
  if (![from, to].every((time) => /^([01]\d|2[0-3]):[0-5]\d$/u.test(time))) return "A time looks like 11:30."
  return from < to ? undefined : "The restaurant has to open before it closes."
}
