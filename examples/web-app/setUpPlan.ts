/** What it takes to set a restaurant up: three jobs, each of which starts when the one before it is done. */
import type { JobRequest } from "callboard/client"
import type { Jobs } from "./jobs.ts"

export interface Wishes {
  readonly name: string
  readonly city: string
  readonly menu: string
  readonly look: "light" | "dark"
}

/** `osteria-nova-k3f9`: a restaurant that is not there yet, whoever tries this before. */
const newId = (name: string): string => {
  const words = name.toLowerCase().replace(/[^a-z0-9]+/g, "-")
  return `${words.slice(0, 40)}-${Math.random().toString(36).slice(2, 6)}`.replace(/^-+/, "")
}

export const titles = ["Open the account", "Bring in the menu", "Publish the website"] as const

export const planOf = ({ city, look, menu, name }: Wishes): ReadonlyArray<JobRequest<Jobs>> => {
  const restaurantId = newId(name)
  const account = { restaurantId, email: `owner@${restaurantId}.example`, password: "practice-password" }
  const address = { street: "Via del Corso 12", postalCode: "00186", city, country: "Italy", phone: "+39 06 1234567" }
  const opening = { days: ["Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"], from: "11:30", to: "22:00" }
  return [
    { jobType: "register-restaurant", clientRef: "account", input: { ...account, name, address, opening } },
    { jobType: "import-csv-menu", clientRef: "menu", dependsOn: ["account"], input: { ...account, csv: menu } },
    {
      jobType: look === "dark" ? "configure-website-dark" : "configure-website-light",
      clientRef: "website",
      dependsOn: ["menu"],
      input: { ...account, headline: name, welcome: `Fresh from the oven, in the middle of ${city}.` }
    }
  ]
}
