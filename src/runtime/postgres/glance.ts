/** What people look at: lists and counts that take no longer however many jobs there are. */
import { DateTime, Effect, Option } from "effect"
import { SqlClient, type Statement } from "effect/sql"
import type { JobFilter } from "../../domain/JobFilter.ts"
import { type JobId, momentOfId } from "../../domain/JobId.ts"
import { InvalidCursor, type ListedJob, type PageRequest } from "../../domain/JobReports.ts"
import { type CountsRow, countsOf, merged } from "./boundedCounts.ts"
import { idsInOrder, idsOf, type Look, wordsOf } from "./boundedLook.ts"
import { answered, orUnavailable } from "./callFailures.ts"
import { besides, type KnownRow, type makeJobReader, reasonsFor } from "./JobReader.ts"
import { JobRow } from "./JobRow.ts"
import { type Sources, shownStatusOf, sourcesIn } from "./jobFilters.ts"
import { makeKnownNames } from "./knownNames.ts"
import { decodeCursor, encodeCursor } from "./listCursor.ts"

/** What jobs were given and gave may be large, and stands in no list. */
const columns = Object.keys(JobRow.fields)
  .filter((name) => name !== "inputPayload" && name !== "result")
  .map((name) => `j.${name.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`)}`)
  .join(", ")

/** Jobs as lists show them, newest first. */
const rowsOf = ({ prompts, sql }: Sources, ids: Statement.Fragment) =>
  Effect.map(
    reasonsFor(sql),
    (reasons) => sql<KnownRow>`
      WITH page AS MATERIALIZED (SELECT p.id FROM unnest(${ids}) p (id)),
      waiting AS MATERIALIZED (
        SELECT w.id, w.reasons FROM ${reasons}(ARRAY(
          SELECT j.id FROM script_jobs j WHERE j.id IN (SELECT p.id FROM page p) AND j.status IN ('pending', 'in_progress')
        )) w
      )
      SELECT ${sql.literal(columns)}, '{}'::jsonb AS input_payload, NULL::jsonb AS result, ${besides(sql, sql`j`, prompts)}
      FROM script_jobs j LEFT JOIN waiting w ON w.id = j.id WHERE j.id IN (SELECT p.id FROM page p) ORDER BY j.id DESC`
  )

export const makeGlance = (reader: Effect.Success<typeof makeJobReader>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const knownNames = yield* makeKnownNames

    const namesFor = (words: string | undefined) =>
      words === undefined
        ? Effect.succeed({ restaurants: [], types: [], readAtMs: 0, hasMore: false })
        : knownNames(words)

    const read = (sources: Sources, ids: Statement.Fragment) => Effect.flatMap(rowsOf(sources, ids), reader.read)

    const listed = (ids: ReadonlyArray<JobId>) => sql`${ids}::text[]::uuid[]`

    const byIds = (ids: ReadonlyArray<JobId>) => Effect.flatMap(sourcesIn(sql), (sources) => read(sources, listed(ids)))

    /** Where no index finds them in order. */
    const lookFor = (sources: Sources, look: Omit<Look, "names">) =>
      Effect.gen(function* () {
        const names = yield* namesFor(wordsOf(look.filter))
        const [found] = yield* sql<{ ids: ReadonlyArray<JobId>; floor: JobId | null }>`
          ${idsOf(sources, { ...look, names })}`
        return { ids: found?.ids ?? [], floor: found?.floor ?? null }
      })

    const listedJobs = Effect.fn("JobReports.listed")(function* (filter: JobFilter, limit: number) {
      const sources = yield* sourcesIn(sql)
      const look = { filter, before: undefined, wanted: limit }
      const walk = idsInOrder(sources, look)
      const ids = walk !== undefined ? sql`ARRAY(${walk})` : listed((yield* lookFor(sources, look)).ids)
      return yield* sql<ListedJob>`
        SELECT id, ${shownStatusOf(sources)} AS status FROM script_jobs WHERE id = ANY (${ids}) ORDER BY id DESC`
    }, answered("listed"))

    const list = Effect.fn("JobReports.glance")(function* (filter: JobFilter, { cursor, limit }: PageRequest) {
      const before = cursor === undefined ? undefined : Option.getOrUndefined(decodeCursor(cursor))
      if (cursor !== undefined && before === undefined) return yield* new InvalidCursor()
      const sources = yield* sourcesIn(sql)
      // One job more than asked for tells whether there is a next page.
      const wanted = limit + 1
      const walk = idsInOrder(sources, { filter, before, wanted })
      if (walk !== undefined) {
        return yield* reader.readPage(yield* rowsOf(sources, sql`ARRAY(${walk})`), limit)
      }
      const { floor, ids } = yield* lookFor(sources, { filter, before, wanted })
      const shown = ids.slice(0, limit)
      const jobs = shown.length === 0 ? [] : yield* read(sources, listed(shown))
      const next = ids.length > limit ? shown.at(-1) : floor
      return {
        jobs,
        ...(next !== null && next !== undefined && { nextCursor: encodeCursor(next) }),
        ...(floor !== null && { lookedUntil: DateTime.makeUnsafe(momentOfId(floor)) })
      }
    }, orUnavailable("list"))

    // Words are counted among the newest jobs only: the list looks further, and says what it found.
    const counts = Effect.fn("JobReports.counts")(function* (filter: Omit<JobFilter, "status">) {
      return merged(yield* sql<CountsRow>`${countsOf(yield* sourcesIn(sql), filter)}`)
    }, answered("counts"))

    return { list, listed: listedJobs, byIds, counts }
  })
