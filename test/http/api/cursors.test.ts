import { expect } from "bun:test"
import { Effect } from "effect"
import type { Job } from "../../../src/domain/Job.ts"
import type { JobQueue } from "../../../src/domain/JobQueue.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { add, claim, complete } from "../../runtime/postgres/builders.ts"
import { makePgApi } from "../../support/PgApi.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle, scripted } from "../../support/scripts.ts"

const other = scripted("other", () => Effect.succeed(null))

const inDatabase = databaseTests(idle, other)

interface Page {
  readonly data: ReadonlyArray<Job>
  readonly nextCursor?: string
}

/** Every page of a list, one after the other, with what happens between two of them. */
const readAll = (
  { call }: Effect.Success<typeof makePgApi>,
  query: string,
  between: Effect.Effect<unknown, unknown, JobQueue | Jobs> = Effect.void
) =>
  Effect.gen(function* () {
    const ids: Array<string> = []
    let cursor: string | undefined
    do {
      const { json, status } = yield* call("GET", `/api/jobs?limit=7&${query}${cursor ? `&cursor=${cursor}` : ""}`)
      expect(status).toBe(200)
      const page = json as Page
      ids.push(...page.data.map(({ id }) => id))
      cursor = page.nextCursor
      yield* between
    } while (cursor !== undefined)
    return ids
  })

inDatabase(
  "lists each job that is there all the time exactly once, while others come, change and go",
  Effect.gen(function* () {
    const api = yield* makePgApi
    const jobs = yield* Jobs
    const stay = yield* Effect.forEach(Array.from({ length: 40 }), () => add())
    const go = yield* Effect.forEach(Array.from({ length: 10 }), () => add())
    yield* Effect.forEach(go, ({ id }) => jobs.cancel(id))
    const leaving = go.values()
    const meanwhile = Effect.gen(function* () {
      yield* add()
      const [claimed] = yield* claim(1)
      if (claimed) yield* complete(claimed)
      const gone = leaving.next().value
      if (gone) yield* jobs.remove(gone.id)
    })

    const down = yield* readAll(api, "order=desc", meanwhile)
    const up = yield* readAll(api, "order=asc", meanwhile)

    for (const ids of [down, up]) {
      expect(new Set(ids).size).toBe(ids.length)
      expect(ids).toContainValues(stay.map(({ id }) => id))
    }
    expect(down).toEqual(down.toSorted().toReversed())
    expect(up).toEqual(up.toSorted())
  }).pipe(Effect.scoped)
)

inDatabase(
  "keeps to its filter on every page, also when jobs leave it meanwhile",
  Effect.gen(function* () {
    const api = yield* makePgApi
    const jobs = yield* Jobs
    const mine = yield* Effect.forEach(Array.from({ length: 20 }), (_, n) =>
      add({ jobType: "other", labels: n % 2 === 0 ? ["even"] : ["odd"] })
    )
    yield* add({ labels: ["even"] })
    const even = mine.filter(({ labels }) => labels.includes("even")).map(({ id }) => id)
    const last = even[0]!

    const typed = yield* readAll(api, "jobType=other&label=even")
    const pending = yield* readAll(
      api,
      "jobType=other&status=pending&order=desc",
      Effect.ignore(jobs.cancel(last as Job["id"]))
    )

    expect(typed.toSorted()).toEqual(even.toSorted())
    expect(pending).not.toContain(last)
    expect(pending.toSorted()).toEqual(
      mine
        .map(({ id }) => id as string)
        .filter((id) => id !== last)
        .toSorted()
    )
  }).pipe(Effect.scoped)
)
