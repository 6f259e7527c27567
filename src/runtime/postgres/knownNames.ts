/** The names of an organisation's restaurants and job types, which are few: words are looked for in them, and not in each job. */
import { Clock, Duration, Effect } from "effect"
import { SqlClient } from "effect/sql"
import { sharedFor } from "./sharedFor.ts"

/** Names are found one after the other, each by one look into an index. */
const MOST_NAMES = 2_000

/** Names with the words whose jobs are looked for. */
const MOST_FOUND = 50

/** What is new since then stands among the newest jobs, unless these are too many: then a look ends with them. */
const KEPT_FOR = Duration.minutes(1)

export interface FoundNames {
  readonly restaurants: ReadonlyArray<string>
  readonly types: ReadonlyArray<string>
  /** When they were read. */
  readonly readAtMs: number
  /** There are more than are known, or than are looked for. */
  readonly hasMore: boolean
}

export const makeKnownNames = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const walk = (column: "restaurant_id" | "job_type") => {
    const name = sql.literal(column)
    return sql`(
      WITH RECURSIVE walked (name, place) AS (
        SELECT (SELECT j.${name} FROM script_jobs j WHERE j.${name} > '' ORDER BY j.${name} LIMIT 1), 1
        UNION ALL
        SELECT (SELECT j.${name} FROM script_jobs j WHERE j.${name} > w.name ORDER BY j.${name} LIMIT 1), w.place + 1
        FROM walked w WHERE w.name IS NOT NULL AND w.place < ${MOST_NAMES}
      )
      SELECT coalesce(array_agg(w.name), '{}') FROM walked w WHERE w.name IS NOT NULL
    )`
  }

  const found = sql<{ restaurants: ReadonlyArray<string>; types: ReadonlyArray<string> }>`
      SELECT ${walk("restaurant_id")} AS restaurants, ${walk("job_type")} AS types`
  const load = Effect.gen(function* () {
    const readAtMs = yield* Clock.currentTimeMillis
    const [names = { restaurants: [], types: [] }] = yield* found
    return { ...names, readAtMs }
  })
  const known = sharedFor(KEPT_FOR)(load)

  /** Those that contain the text, as the caller may know them. */
  return (text: string) =>
    Effect.map(known, (names): FoundNames => {
      const wanted = text.toLowerCase()
      const having = (all: ReadonlyArray<string>) => all.filter((name) => name.toLowerCase().includes(wanted))
      const [restaurants, types] = [having(names.restaurants), having(names.types)]
      const isOver = (all: ReadonlyArray<string>, most: number) => all.length >= most
      return {
        restaurants: restaurants.slice(0, MOST_FOUND),
        types: types.slice(0, MOST_FOUND),
        readAtMs: names.readAtMs,
        hasMore:
          [names.restaurants, names.types].some((all) => isOver(all, MOST_NAMES)) ||
          [restaurants, types].some((all) => all.length > MOST_FOUND)
      }
    })
})
