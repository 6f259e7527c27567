import type { QueryClient } from "@tanstack/react-query"

/**
 * Runs a mutation, and drops it from the cache when it has settled. Otherwise TanStack Query would set a timer for it
 * when its component goes, and set it again for as long as the request is on its way.
 */
export const runMutation = async <Variables extends object, Result>(
  queryClient: QueryClient,
  mutateAsync: (variables: Variables) => Promise<Result>,
  variables: Variables
): Promise<Result> => {
  try {
    return await mutateAsync(variables)
  } finally {
    const cache = queryClient.getMutationCache()
    const settled = cache.findAll({ predicate: ({ state }) => state.variables === variables })
    for (const mutation of settled) cache.remove(mutation)
  }
}
