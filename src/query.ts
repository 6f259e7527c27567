/**
 * How a job is read into a query cache, for servers too: `import { jobQuery } from "callboard/query"`. `callboard/react`
 * has the same, but frameworks with server components let a server call nothing of that.
 */
export type { JobsClient } from "./client/react/JobsClient.ts"
export { jobKeys, jobQuery } from "./client/react/jobQuery.ts"
export type { TrackedJob } from "./client/react/TrackedJob.ts"
