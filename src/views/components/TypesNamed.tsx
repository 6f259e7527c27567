/** Job types whose title has the text: people search for the words that the board shows them. */
import type { JobType } from "../../domain/JobType.ts"
import { type JobsQuery, jobsUrl } from "../JobsQuery.ts"

type Named = Pick<JobType, "name" | "title">

/** With these, a page would be a list of types. */
const MOST_NAMED = 5

export const typesNamed = (types: ReadonlyArray<Named>, text: string | undefined): ReadonlyArray<Named> => {
  const wanted = text?.trim().toLowerCase() ?? ""
  return wanted === "" ? [] : types.filter(({ title }) => title.toLowerCase().includes(wanted)).slice(0, MOST_NAMED)
}

export const TypesNamed = ({ query, types }: { readonly query: JobsQuery; readonly types: ReadonlyArray<Named> }) => {
  const { after: _, q: __, ...others } = query
  return types.length === 0 ? null : (
    <p>
      Jobs of the type:{" "}
      {types.map(({ name, title }, place) => (
        <>
          {place > 0 && ", "}
          <a href={jobsUrl({ ...others, type: name })}>{title}</a>
        </>
      ))}
    </p>
  )
}
