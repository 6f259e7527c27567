/** What has to be set up before a restaurant opens. */
import type { Database } from "bun:sqlite"
import { makeApiKeys } from "./ApiKeys.ts"
import { makeRecord } from "./Records.ts"
import { seedPayments, seedServices, seedSettings } from "./seedOnboarded.ts"

export const makeSetupStores = (database: Database) => {
  const byOnboarding = database.query<{ restaurant: string }, [string]>(
    "SELECT restaurant FROM records WHERE name = 'payments' AND json_extract(json, '$.onboarding') = ?"
  )
  return {
    services: makeRecord(database, "services", seedServices),
    settings: makeRecord(database, "settings", seedSettings),
    payments: makeRecord(database, "payments", seedPayments),
    publishing: makeRecord(database, "publishing", () => ({ isPublished: false })),
    apiKeys: makeApiKeys(database),
    /** The restaurant that an onboarding link was made for. */
    restaurantOnboarding: (link: string): string | undefined =>
      link === "" ? undefined : byOnboarding.get(link)?.restaurant
  }
}
