/** What a list says that has nothing to show, and where there would be something. */
import type { TitleOf } from "./FilterChips.tsx"
import { type JobsQuery, type Since, sinceMs, sinceWords } from "./JobsQuery.ts"
import { cappedText } from "./OverviewText.ts"
import { statusWords } from "./StatusWords.ts"

export interface WiderFilter {
  readonly query: JobsQuery
  /** "in the last 7 days": how it is wider. */
  readonly words: string
}

export interface FoundWider extends WiderFilter {
  readonly jobs: number
  /** Not all of them were counted. */
  readonly isAtLeast: boolean
}

const offered: ReadonlyArray<Since> = ["24h", "7d"]

/** The next wider filters, nearest first: at most two, because each is counted while somebody waits for the page. */
export const widerFilters = ({ after: _, ...query }: JobsQuery): ReadonlyArray<WiderFilter> => {
  const { q, since, ...rest } = query
  const longer = since && offered.find((each) => sinceMs(each) > sinceMs(since))
  const words = [
    ...(since === undefined ? [] : ["at any time"]),
    ...(q === undefined ? [] : [`without the text “${q}”`])
  ]
  return [
    ...(longer === undefined ? [] : [{ query: { ...query, since: longer }, words: `in ${sinceWords(longer)}` }]),
    ...(words.length === 0 ? [] : [{ query: rest, words: words.join(", ") }])
  ]
}

/** The same jobs in any status. How many there are is known: the tabs of the list say it. */
export const anyStatus = ({ after: _, ...query }: JobsQuery): WiderFilter => ({
  query: { ...query, status: [] },
  words: "with another status"
})

/** "No failed “Import menu” jobs of sushi-ito in the last 24 hours." */
export const nothingText = ({ batch, q, restaurant, since, status, type }: JobsQuery, titleOf: TitleOf): string => {
  const words = status.map((each) => `“${statusWords[each].word}”`).join(" or ")
  return [
    "No",
    ...(type === undefined ? [] : [`“${titleOf(type)}”`]),
    batch === undefined ? "job" : "job of this batch",
    ...(restaurant === undefined ? [] : [`of ${restaurant}`]),
    ...(q === undefined ? [] : [`with the text “${q}”`]),
    ...(words === "" ? ["matches"] : [`is ${words}`]),
    ...(since === undefined ? [] : [`in ${sinceWords(since)}`])
  ]
    .join(" ")
    .concat(".")
}

/** "There are 3 in the last 7 days." */
export const widerText = ({ isAtLeast, jobs, words }: Pick<FoundWider, "jobs" | "words" | "isAtLeast">): string =>
  `There ${jobs === 1 ? "is" : "are"} ${isAtLeast ? "at least " : ""}${cappedText(jobs)} ${words}.`
