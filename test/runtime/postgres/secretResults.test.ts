import { expect } from "bun:test"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import { JobReports } from "../../../src/domain/JobReports.ts"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { MASK } from "../../../src/domain/Secret.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { tagDishes } from "../../support/tagDishes.ts"
import { complete, get } from "./builders.ts"

const inDatabase = databaseTests(tagDishes)

const completed = Effect.gen(function* () {
  const input = {
    portal: { email: "owner@practice.example", password: "practice-password" },
    restaurantId: "sushi-ito",
    dishes: [],
    overwrite: true
  }
  const { job } = yield* (yield* Jobs).create({ jobType: tagDishes.name, input })
  const [claimed] = yield* (yield* JobQueue).claim("browser", 1)
  yield* complete(claimed!, { added: 2, token: "hunter2" })
  return job
})

inDatabase(
  "masks what is secret in a result for whoever reads the job",
  Effect.gen(function* () {
    const job = yield* completed

    const { byIds } = yield* JobReports
    const listed = yield* byIds([job.id])
    const [glanced] = yield* byIds([job.id], { glance: true })

    expect((yield* get(job.id)).result).toEqual({ added: 2, token: MASK })
    expect(listed.map(({ result }) => result)).toEqual([{ added: 2, token: MASK }])
    // A look at many jobs reads neither what they gave nor what they were given.
    expect(glanced).toMatchObject({ id: job.id, status: "completed", restaurantId: "sushi-ito" })
    expect([glanced?.result, glanced?.input]).toEqual([undefined, {}])
  })
)

inDatabase(
  "shows no result of a type that this process does not know",
  Effect.gen(function* () {
    const { id } = yield* completed
    const sql = yield* SqlClient.SqlClient
    yield* sql`UPDATE script_jobs SET job_type = 'renamed'`

    const { byIds } = yield* JobReports
    const [listed] = yield* byIds([id])

    expect(listed).toMatchObject({ id, jobType: "renamed", status: "completed", input: {} })
    expect([(yield* get(id)).result, listed?.result]).toEqual([undefined, undefined])
  })
)
