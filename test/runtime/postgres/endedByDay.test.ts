import { expect } from "bun:test"
import { Effect, Option } from "effect"
import { SqlClient } from "effect/sql"
import { CurrentCaller, localCaller } from "../../../src/domain/Caller.ts"
import { JobEstimates } from "../../../src/domain/JobEstimates.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { Restaurants } from "../../../src/domain/Restaurants.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle, scripted } from "../../support/scripts.ts"
import { add, complete, fail, firstClaim } from "./builders.ts"

const other = scripted("other", () => Effect.succeed(null))

const inDatabase = databaseTests(idle, other)

const ROMA = { restaurantId: "roma" }

/** What ended so long ago, an hour after that day began in UTC. */
const endedDaysAgo = (days: number, end: typeof complete | typeof fail, request = ROMA) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const job = yield* add(request)
    yield* end(yield* firstClaim)
    yield* sql`UPDATE script_jobs SET completed_at =
      (date_trunc('day', now() AT TIME ZONE 'UTC') - ${days} * interval '1 day' + interval '1 hour') AT TIME ZONE 'UTC'
      WHERE id = ${job.id}::uuid`
  })

const ofRoma = Effect.gen(function* () {
  return Option.getOrThrow(yield* (yield* Restaurants).get("roma")).ended
})

/** Another organisation has none of them; and what was read for it is kept apart. */
const ofType = (organisationId = localCaller.organisationId) =>
  Effect.flatMap(JobEstimates, ({ ended }) => ended("idle")).pipe(
    Effect.provideService(CurrentCaller, Option.some({ ...localCaller, organisationId }))
  )

inDatabase(
  "counts what was done and what failed on each of the last days, of a restaurant and of a type",
  Effect.gen(function* () {
    yield* endedDaysAgo(20, complete)
    yield* endedDaysAgo(12, fail)
    yield* endedDaysAgo(2, complete)
    yield* endedDaysAgo(2, complete)
    yield* endedDaysAgo(2, fail)
    yield* (yield* Jobs).cancel((yield* add(ROMA)).id)
    yield* add(ROMA)

    const { days, since } = yield* ofRoma

    expect(days.map(({ completed, failed }) => [completed, failed])).toEqual([
      [0, 1],
      [2, 1]
    ])
    const [first, last] = days.map(({ day }) => day.epochMilliseconds)
    expect([(last ?? 0) - (first ?? 0), (first ?? 1) % 86_400_000]).toEqual([10 * 86_400_000, 0])
    expect(since).toBeUndefined()
    expect(yield* ofType()).toEqual({ days })
    expect(yield* ofType("north")).toEqual({ days: [] })
  })
)

inDatabase(
  "says since when jobs were looked at where there are more of them",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* endedDaysAgo(0, complete)
    const request = { jobType: "idle", input: {}, ...ROMA }
    yield* (yield* Jobs).createBatch(Array.from({ length: 500 }, () => request))

    const { days, since } = yield* ofRoma

    expect(days).toEqual([])
    const [row] = yield* sql<{
      oldest: Date
    }>`SELECT min(created_at) AS oldest FROM script_jobs WHERE status = 'pending'`
    expect(since?.epochMilliseconds).toBe(row!.oldest.getTime())
  })
)
