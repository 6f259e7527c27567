/** What is typed into the search box: plain text, or a filter of jobs in words such as `type:import-menu status:failed`. */
import type { ShownStatus } from "../domain/JobStatus.ts"
import { isSince, type JobsQuery, parseJobsQuery } from "./JobsQuery.ts"
import { statusWords, tabOrder } from "./StatusWords.ts"

export interface Search {
  readonly query: JobsQuery
  /** It names at least one filter, so only jobs are meant. */
  readonly isFilter: boolean
  /** Parts that no filter knows. They are left out, and the reader is told. */
  readonly unknown: ReadonlyArray<string>
}

/** `key:value`, `error~"text"`, a text in quotes, or a word. */
const PARTS = /([a-z][\w.]*)([:~])("[^"]*"|\S+)|"[^"]*"|\S+/giu

const unquoted = (text: string): string => text.replaceAll('"', "")

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

interface Part {
  readonly key: string
  readonly value: string
}

/** Nothing for a part that no filter knows. */
const partOf = ([whole, key, sign, value]: RegExpMatchArray): Part | undefined => {
  if (key === undefined || value === undefined) return { key: "text", value: unquoted(whole) }
  const [name, text] = [key.toLowerCase(), unquoted(value)]
  if (sign === "~") return name === "error" ? { key: "error~", value: text } : undefined
  if (keys.includes(name)) return { key: name, value: text }
  if (name === "since") return isSince(text) ? { key: name, value: text } : undefined
  const status = name === "status" ? statusNamed(text) : undefined
  return status && { key: name, value: status }
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
