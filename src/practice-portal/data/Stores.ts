/** Everything that the portal keeps, one store per topic. */
import type { Database } from "bun:sqlite"
import { makeCodes } from "./Codes.ts"
import { makeFaults } from "./Faults.ts"
import { makeMenus } from "./Menus.ts"
import { makeRequestLog } from "./RequestLog.ts"
import { makeSessions } from "./Sessions.ts"
import { makeSetupStores } from "./SetupStores.ts"

export const makeStores = (database: Database) => ({
  menus: makeMenus(database),
  sessions: makeSessions(database),
  codes: makeCodes(database),
  faults: makeFaults(database),
  log: makeRequestLog(database),
  setup: makeSetupStores(database)
})
export type Stores = ReturnType<typeof makeStores>
