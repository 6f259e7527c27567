import { expect } from "bun:test"
import { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import { clientOptions } from "../../src/runtime/postgres/PgDatabase.ts"
import { ageLeases } from "../support/ageLeases.ts"
import { startCallboard, temporaryDirectory } from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"
import { startFakeAi } from "../support/FakeAi.ts"
import { TestPostgres } from "../support/TestPostgres.ts"
import { dayOf, tripAnswers } from "../support/tripAnswers.ts"

/** Processes start slowly where several people work. */
const LONGEST_MS = 180_000

interface Calls {
  readonly data: {
    readonly use: {
      readonly calls: number
      readonly costUsd: number
      readonly steps: ReadonlyArray<{ readonly step: string; readonly calls: number }>
    }
    readonly calls: ReadonlyArray<{ readonly step: string; readonly outcome: string; readonly prompt: string }>
  }
}

it.live(
  "asks a model only for the days that are missing after its worker was killed",
  () =>
    Effect.gen(function* () {
      const ai = yield* startFakeAi(tripAnswers(5))
      const address = yield* TestPostgres.freshDatabase()
      const dataDirectory = yield* temporaryDirectory
      const env = {
        DATABASE_URL: TestPostgres.urlOf(address),
        CALLBOARD_AI_BASE_URL: ai.baseUrl,
        CALLBOARD_AI_API_KEY: "sk-test",
        CALLBOARD_AI_MODEL: "small",
        CALLBOARD_AI_OUTPUT_PRICE: "1"
      }
      const inDatabase = <A, E>(work: Effect.Effect<A, E, PgClient.PgClient | SqlClient.SqlClient>) =>
        work.pipe(Effect.provide(PgClient.layer(clientOptions(address))), Effect.scoped)
      const keptDays = Effect.flatMap(
        PgClient.PgClient,
        (sql) => sql`SELECT FROM job_checkpoints WHERE name LIKE 'plan-day-%'`
      ).pipe(
        Effect.map((rows) => rows.length),
        inDatabase
      )
      // Days 4 and 5 get no answer for now.
      ai.answer((request, number) =>
        request.object === "trip_day" && dayOf(request) > 3 ? "stall" : tripAnswers(5)(request, number)
      )
      const first = yield* startCallboard({ dataDirectory, env })
      const { id } = yield* first.create("ai_trip_generation", { destination: "Lisbon with Mr Okonkwo", days: 5 })
      yield* Effect.sleep("20 millis").pipe(Effect.repeat({ until: () => ai.requests.length === 6 }))
      yield* Effect.repeat(keptDays, { until: (days) => days === 3 })
      yield* first.signal("SIGKILL")
      yield* inDatabase(ageLeases)
      ai.answer(tripAnswers(5))
      const before = ai.requests.length

      const second = yield* startCallboard({ dataDirectory, env })
      const job = yield* second.jobEnded(id)

      expect(job).toMatchObject({ status: "completed", attempts: 2, result: { totals: { cost: 500 } } })
      expect(ai.requests.slice(before).map(dayOf).toSorted()).toEqual([4, 5])
      const { body } = yield* second.json<Calls>(`/api/jobs/${id}/ai-calls`)
      expect(body.data.use.calls).toBe(8)
      expect(body.data.calls.map(({ outcome }) => outcome).toSorted()).toEqual([
        ...Array<string>(6).fill("answered"),
        "asked",
        "asked"
      ])
      expect(JSON.stringify(body)).toContain("Lisbon with Mr [name]")
      expect(JSON.stringify(body)).not.toContain("Okonkwo")
      const page = yield* Effect.promise(() =>
        fetch(new URL(`/jobs/${id}`, second.url)).then((answer) => answer.text())
      )
      expect(page).toContain("What was asked and answered")
    }),
  LONGEST_MS
)

it.live(
  "says why AI jobs cannot be started where no model is set up",
  () =>
    Effect.gen(function* () {
      const address = yield* TestPostgres.freshDatabase()
      const dataDirectory = yield* temporaryDirectory
      const callboard = yield* startCallboard({ dataDirectory, env: { DATABASE_URL: TestPostgres.urlOf(address) } })

      const refused = yield* callboard.post<{ readonly detail: string }>("/api/jobs", {
        jobType: "ai_concierge_query",
        input: { question: "What failed?" }
      })
      const types = yield* callboard.json<{
        readonly data: ReadonlyArray<{ readonly name: string; readonly available: boolean; readonly steps: unknown[] }>
      }>("/api/jobs/types")

      expect(refused.status).toBe(422)
      expect(refused.body.detail).toContain("Set CALLBOARD_AI_BASE_URL and CALLBOARD_AI_MODEL in every process")
      const listed = types.body.data.filter(({ name }) => name.startsWith("ai_"))
      expect(listed.map(({ available }) => available)).toEqual([false, false, false, false])
      expect(callboard.output()).not.toContain("not available")
    }),
  LONGEST_MS
)
