export interface EndedCounts {
  readonly completed: number
  readonly failed: number
}

export const sumOf = (all: ReadonlyArray<EndedCounts>): EndedCounts => ({
  completed: all.reduce((sum, { completed }) => sum + completed, 0),
  failed: all.reduce((sum, { failed }) => sum + failed, 0)
})
