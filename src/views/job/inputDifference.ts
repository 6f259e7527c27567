/** What differs between two inputs, by path. Both have their secrets masked. */
export interface InputChange {
  readonly path: string
  /** JSON text; absent where there was or is nothing. */
  readonly before?: string
  readonly after?: string
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

const pathOf = (parent: string, key: string, inList: boolean): string => {
  if (inList) return `${parent}[${key}]`
  return parent === "" ? key : `${parent}.${key}`
}

const sameKind = (a: unknown, b: unknown): boolean =>
  isRecord(a) && isRecord(b) && Array.isArray(a) === Array.isArray(b)

export const inputDifference = (before: unknown, after: unknown, path = ""): ReadonlyArray<InputChange> => {
  if (sameKind(before, after) && isRecord(before) && isRecord(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    return keys.flatMap((key) => inputDifference(before[key], after[key], pathOf(path, key, Array.isArray(after))))
  }
  const [old, now] = [JSON.stringify(before), JSON.stringify(after)]
  if (old === now) return []
  return [{ path, ...(old !== undefined && { before: old }), ...(now !== undefined && { after: now }) }]
}
