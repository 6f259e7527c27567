/** The job types that bring data in and out. */
import type { JobType } from "../../domain/JobType.ts"
import { makeBulkImport } from "./BulkImport.ts"
import { makeDataExport } from "./DataExport.ts"
import type { LaterServices } from "./DataServices.ts"

export const dataScripts = (services: LaterServices): ReadonlyArray<JobType> => [
  makeDataExport(services),
  makeBulkImport(services)
]
