/** What only the board reads and does, on a real database. */
import { Layer } from "effect"
import { boardReports } from "../../src/runtime/postgres/boardReports.ts"
import * as PgJobDetails from "../../src/runtime/postgres/PgJobDetails.ts"
import * as PgJobEstimates from "../../src/runtime/postgres/PgJobEstimates.ts"
import * as PgJobStops from "../../src/runtime/postgres/PgJobStops.ts"
import * as PgWorkers from "../../src/runtime/postgres/PgWorkers.ts"

export const boardServices = Layer.mergeAll(
  boardReports,
  PgJobDetails.layer,
  PgJobEstimates.layer,
  PgJobStops.layer,
  PgWorkers.layer
)
