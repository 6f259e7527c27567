/** The job types that work on a restaurant's back-office portal. */
import type { Effect } from "effect"
import type { JobError } from "../../domain/JobError.ts"
import type { JobType } from "../../domain/JobType.ts"
import { makeAddItemTags } from "./AddItemTags.ts"
import { makeAddOptionSets } from "./AddOptionSets.ts"
import { makeConfigureWebsiteDark, makeConfigureWebsiteLight } from "./ConfigureWebsite.ts"
import { makeCreateApiKey } from "./CreateApiKey.ts"
import { makeFinaliseOnboarding } from "./FinaliseOnboarding.ts"
import { makeImportCsvMenu } from "./ImportCsvMenu.ts"
import { makeRegisterRestaurant } from "./RegisterRestaurant.ts"
import { makeSetupServices } from "./SetupServices.ts"
import { makeSetupStripePayments } from "./SetupStripePayments.ts"
import { makeSetupStripePaymentsNoLink } from "./SetupStripePaymentsNoLink.ts"
import { makeSetupSystemSettings } from "./SetupSystemSettings.ts"

export interface RestaurantScriptsOptions {
  /**
   * Base URL of the portal with a slash at its end. Asked for when a job runs: the practice portal's depends on the
   * port, and a process without a portal fails the job.
   */
  readonly portalUrl: Effect.Effect<URL, JobError>
}

export const restaurantScripts = ({ portalUrl }: RestaurantScriptsOptions): ReadonlyArray<JobType> => [
  makeAddItemTags(portalUrl),
  makeAddOptionSets(portalUrl),
  makeImportCsvMenu(portalUrl),
  makeConfigureWebsiteDark(portalUrl),
  makeConfigureWebsiteLight(portalUrl),
  makeRegisterRestaurant(portalUrl),
  makeSetupStripePayments(portalUrl),
  makeSetupStripePaymentsNoLink(portalUrl),
  makeSetupServices(portalUrl),
  makeSetupSystemSettings(portalUrl),
  makeCreateApiKey(portalUrl),
  makeFinaliseOnboarding(portalUrl)
]
