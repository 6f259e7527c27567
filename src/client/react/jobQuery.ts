/** How a job is read, and under which key it is in the query cache. */
import type { JobsClient } from "./JobsClient.ts"
import type { TrackedJob } from "./TrackedJob.ts"

/** For those who read or invalidate what is in the cache. */
export const jobKeys = {
  all: ["callboard"] as const,
  job: (id: string) => ["callboard", "job", id] as const
}

/** For `prefetchQuery` and `ensureQueryData`: what components find in the cache, they show at once. */
export const jobQuery = (client: Pick<JobsClient, "status" | "get">, id: string) => ({
  queryKey: jobKeys.job(id),
  queryFn: async ({ signal }: { readonly signal: AbortSignal }): Promise<TrackedJob> => {
    const status = await client.status(id, { signal })
    const readAt = Date.now()
    if (status.status !== "completed") return { ...status, readAt }
    // Whoever sees that it is done sees what came of it.
    const { result } = await client.get(id, { signal })
    return { ...status, readAt, ...(result !== undefined && { result }) }
  }
})
