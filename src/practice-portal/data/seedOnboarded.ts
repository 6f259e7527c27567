/** `pizzeria-ready` has everything set up that a restaurant needs before it opens, so that it can be published. */
import { noPayments, type Payments } from "./Payments.ts"
import { everyDay, noServices, type Services } from "./Services.ts"
import { firstSettings, type SystemSettings } from "./SystemSettings.ts"

const READY = "pizzeria-ready"

const hours = everyDay({ isOpen: true, opens: "11:30", closes: "22:00", breakFrom: "", breakUntil: "" })

export const seedServices = (restaurant: string): Services =>
  restaurant === READY
    ? { ...noServices, kinds: { ...noServices.kinds, pickup: { isOffered: true, preparationMinutes: "20", hours } } }
    : noServices

export const seedSettings = (restaurant: string): SystemSettings =>
  restaurant === READY
    ? { ...firstSettings, timeZone: "Europe/Rome", standardTax: "22", orderEmail: "orders@example.com" }
    : firstSettings

export const seedPayments = (restaurant: string): Payments =>
  restaurant === READY ? { ...noPayments, accountId: "acct_practice_ready" } : noPayments
