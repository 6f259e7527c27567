/** The practice portal's own little database: one SQLite file, apart from Callboard's Postgres. */
import { Database } from "bun:sqlite"
import { accountTables } from "./Accounts.ts"
import { apiKeyTables } from "./ApiKeys.ts"
import { codeTables } from "./Codes.ts"
import { faultTables } from "./Faults.ts"
import { importTables } from "./Imports.ts"
import { menuTables } from "./Menus.ts"
import { optionSetTables } from "./OptionSets.ts"
import { recordTables } from "./Records.ts"
import { requestTables } from "./RequestLog.ts"
import { sessionTables } from "./Sessions.ts"

/** WAL with `synchronous = NORMAL` loses nothing when the process is killed, only perhaps when the machine is. */
const settings = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA busy_timeout = 5000;
  PRAGMA foreign_keys = ON;
`

/** Each store brings its own. What belongs to a restaurant refers to it and goes with it: that is how it is reset. */
const tables = [
  menuTables,
  accountTables,
  optionSetTables,
  importTables,
  recordTables,
  sessionTables,
  codeTables,
  faultTables,
  requestTables,
  apiKeyTables
]

/** Opens the file, made when missing. `:memory:` gives a database that lives as long as the process. */
export const openDatabase = (path: string): Database => {
  const database = new Database(path, { create: true, strict: true })
  database.exec(settings)
  for (const table of tables) database.exec(table)
  return database
}
