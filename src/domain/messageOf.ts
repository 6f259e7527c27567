/** What was thrown says of itself; it may be anything. */
export const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
