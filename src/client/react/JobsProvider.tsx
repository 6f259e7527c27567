/** @jsxImportSource react */
import { QueryClient, QueryClientContext } from "@tanstack/react-query"
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react"
import { type JobQueries, jobQueries } from "./JobQueries.ts"
import type { JobsClient } from "./JobsClient.ts"

export interface JobsProviderProps {
  /** Made once, outside of components: `createClient({ baseUrl, token })`. */
  readonly client: JobsClient
  /** Default: that of the `QueryClientProvider` above, else one of its own. */
  readonly queryClient?: QueryClient
  readonly children?: ReactNode
}

const JobsContext = createContext<JobQueries | undefined>(undefined)

/** Gives hooks and components below the client and the cache they share. */
export const JobsProvider = ({ children, client, queryClient: given }: JobsProviderProps) => {
  const outer = useContext(QueryClientContext)
  const [own] = useState(() => new QueryClient())
  const queryClient = given ?? outer ?? own
  const queries = useMemo(() => jobQueries(client, queryClient), [client, queryClient])
  // Mounted, it notices when the tab is hidden and when the network is back.
  useEffect(() => {
    queryClient.mount()
    return () => queryClient.unmount()
  }, [queryClient])
  return (
    // What TanStack Query itself has below, such as HydrationBoundary, needs one too.
    <QueryClientContext.Provider value={outer ?? queryClient}>
      <JobsContext.Provider value={queries}>{children}</JobsContext.Provider>
    </QueryClientContext.Provider>
  )
}

export const useJobQueries = (): JobQueries => {
  const queries = useContext(JobsContext)
  if (queries === undefined) throw new Error("Callboard's hooks and components belong inside a <JobsProvider>")
  return queries
}
