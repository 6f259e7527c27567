/** How this page reaches Callboard: through its own server, so without address and key. */
import { createClient } from "callboard/client"
import { createJobHooks } from "callboard/react"
import type { Jobs } from "./jobs.ts"

export const client = createClient<Jobs>()

export const { useCreateJob, useJobStatus } = createJobHooks<Jobs>()
