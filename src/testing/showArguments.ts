/** Arguments as they are written in code, so that one call always has one text. */

/** How long a call may wait is no part of what it asks for. */
const LEFT_OUT = new Set(["timeout"])

/** Under this key, what stands for a page or a part of it tells how it was written. */
export const SHOWN = Symbol("callboard/shown")

const show = (value: unknown): string => {
  if (typeof value === "string") return JSON.stringify(value)
  if (typeof value === "function") return String(value).replaceAll(/\s+/gu, " ")
  if (value instanceof RegExp || typeof value !== "object" || value === null) return String(value)
  const shown: unknown = Reflect.get(value, SHOWN)
  if (typeof shown === "string") return shown
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`
  const entries = Object.entries(value).filter(([key, inner]) => !LEFT_OUT.has(key) && inner !== undefined)
  return entries.length === 0 ? "{}" : `{ ${entries.map(([key, inner]) => `${key}: ${show(inner)}`).join(", ")} }`
}

export const showArguments = (args: ReadonlyArray<unknown>): string => {
  const shown = args.map(show)
  while (shown.at(-1) === "{}" || shown.at(-1) === "undefined") shown.pop()
  return shown.join(", ")
}
