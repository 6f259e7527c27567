/** What the list is filtered by, in words, each with a link that takes it away. */
import { type JobsQuery, jobsUrl, sinceWords, withStatus } from "./JobsQuery.ts"
import { statusWords } from "./StatusWords.ts"

export interface FilterChip {
  readonly label: string
  /** The first page of the list without this. */
  readonly href: string
}

/** What people know a job type by; its name where nobody does. */
export type TitleOf = (type: string) => string

const shortBatch = (batch: string): string => `Batch ${batch.slice(0, 8)}…`

export const filterChips = (query: JobsQuery, titleOf: TitleOf): ReadonlyArray<FilterChip> => {
  const { after: _, ...first } = query
  const without = (key: Exclude<keyof JobsQuery, "status" | "after">, label: string | undefined) => {
    const { [key]: __, ...rest } = first
    return label === undefined ? [] : [{ label, href: jobsUrl(rest) }]
  }
  const { batch, error, label, q, queue, restaurant, since, status, type } = query
  return [
    ...status.map((each) => ({
      label: statusWords[each].word,
      href: jobsUrl(
        withStatus(
          query,
          status.filter((other) => other !== each)
        )
      )
    })),
    ...without("type", type && titleOf(type)),
    ...without("restaurant", restaurant && `Restaurant ${restaurant}`),
    ...without("label", label && `Label ${label}`),
    ...without("queue", queue && `Lane ${queue}`),
    ...without("error", error && `Failure ${error}`),
    ...without("batch", batch && shortBatch(batch)),
    ...without("q", q && `“${q}”`),
    ...without("since", since && `In ${sinceWords(since)}`)
  ]
}

export const FilterChips = ({ query, titleOf }: { readonly query: JobsQuery; readonly titleOf: TitleOf }) => {
  const chips = filterChips(query, titleOf)
  if (chips.length === 0) return null
  return (
    <ul class="chips filter-chips" aria-label="Filters">
      {chips.map(({ href, label }) => (
        <li>
          <a class="chip" href={href}>
            {label}
            <span aria-hidden="true">×</span>
            <span class="visually-hidden">, take this filter away</span>
          </a>
        </li>
      ))}
    </ul>
  )
}
