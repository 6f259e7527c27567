import { BULK_TYPE } from "../domain/BulkJobs.ts"

/** People change many jobs from the list of them, which says before what will happen. */
export const isStartedHere = ({ name }: { readonly name: string }): boolean => name !== BULK_TYPE
