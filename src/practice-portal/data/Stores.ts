/** Everything that the portal keeps, one store per topic. */
import type { Database } from "bun:sqlite"
import { makeAccounts, makeRegistrations } from "./Accounts.ts"
import { makeCodes } from "./Codes.ts"
import { makeFaults } from "./Faults.ts"
import { makeImports } from "./Imports.ts"
import { makeMenus } from "./Menus.ts"
import { makeOptionSets } from "./OptionSets.ts"
import { makeRequestLog } from "./RequestLog.ts"
import { makeSessions } from "./Sessions.ts"
import { makeSetupStores } from "./SetupStores.ts"
import { makeWebsites } from "./Websites.ts"

export const makeStores = (database: Database) => {
  const menus = makeMenus(database)
  return {
    menus,
    imports: makeImports(database, menus),
    optionSets: makeOptionSets(database),
    websites: makeWebsites(database),
    accounts: makeAccounts(database),
    registrations: makeRegistrations(database),
    sessions: makeSessions(database),
    codes: makeCodes(database),
    faults: makeFaults(database),
    log: makeRequestLog(database),
    setup: makeSetupStores(database)
  }
}
export type Stores = ReturnType<typeof makeStores>
