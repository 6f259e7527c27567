/**
 * What is typed into the search box: plain text, or a filter of jobs in words such as `type:import-csv-menu status:failed`.
 * Errors and addresses have colons too, so only the keys of filters make a filter; `net::ERR_FAILED` is text.
 */
import type { ShownStatus } from "../domain/JobStatus.ts"
import { isFiltered, isSince, type JobsQuery, parseJobsQuery } from "./JobsQuery.ts"
import { statusWords, tabOrder } from "./StatusWords.ts"

export interface Search {
  readonly query: JobsQuery
  /** It names at least one filter, so only jobs are meant. */
  readonly isFilter: boolean
  /** Filters that cannot be searched by, or not with that value. They are left out, and the reader is told. */
  readonly unknown: ReadonlyArray<string>
}

/** `key:value`, `error~"text"`, a text in quotes, or a word. */
const PARTS = /([a-z][\w.]*)([:~])("[^"]*"|\S+)|"[^"]*"|\S+/giu

/** Quotes within a text are a part of it: `locator("#menu")`. */
const unquoted = (text: string): string => /^"(.*)"$/u.exec(text)?.[1] ?? text

/** By the words of the API and by those of the board. */
const statusNamed = (text: string): ShownStatus | undefined => {
  const wanted = text.toLowerCase().replaceAll(/[\s-]/gu, "_")
  return tabOrder.find((status) =>
    [status, statusWords[status].word, statusWords[status].tab].some(
      (word) => word.toLowerCase().replaceAll(" ", "_") === wanted
    )
  )
}

const keys = ["type", "restaurant", "label", "queue", "batch"]

/** What people try as a filter, but the list has none for. */
const isNoFilter = (name: string): boolean => name === "step" || name.startsWith("input.")

interface Part {
  readonly key: string
  readonly value: string
}

/** Nothing for a filter that there is not, or that has not this value. */
const partOf = ([whole, key, sign, value]: RegExpMatchArray): Part | undefined => {
  const text = { key: "text", value: unquoted(whole) }
  if (key === undefined || value === undefined) return text
  const [name, wanted] = [key.toLowerCase(), unquoted(value)]
  if (sign === "~") return name === "error" ? { key: "error~", value: wanted } : text
  if (isNoFilter(name)) return undefined
  if (name === "since") return isSince(wanted) ? { key: name, value: wanted } : undefined
  if (name === "status") {
    const status = statusNamed(wanted)
    return status && { key: name, value: status }
  }
  if (!keys.includes(name)) return text
  return isFiltered(parseJobsQuery(new URLSearchParams([[name, wanted]]))) ? { key: name, value: wanted } : undefined
}

export const parseSearch = (text: string): Search => {
  const found = [...text.matchAll(PARTS)].map((match) => ({ whole: match[0], part: partOf(match) }))
  const parts = found.flatMap(({ part }) => (part === undefined ? [] : [part]))
  const params = new URLSearchParams(
    parts.filter(({ key }) => !/^(?:text|error~)$/u.test(key)).map(({ key, value }) => [key, value])
  )
  const words = parts.filter(({ key }) => /^(?:text|error~)$/u.test(key)).map(({ value }) => value)
  if (words.length > 0) params.set("q", words.join(" "))
  return {
    query: parseJobsQuery(params),
    isFilter: found.some(({ part }) => part === undefined || part.key !== "text"),
    unknown: found.flatMap(({ part, whole }) => (part === undefined ? [whole] : []))
  }
}
