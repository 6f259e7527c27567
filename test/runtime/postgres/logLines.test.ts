import { expect } from "bun:test"
import { Effect } from "effect"
import { JobQueue } from "../../../src/domain/JobQueue.ts"
import { JobReports } from "../../../src/domain/JobReports.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { add, firstClaim } from "./builders.ts"

const inDatabase = databaseTests(idle)

inDatabase(
  "keeps log lines in their order and pages through them",
  Effect.gen(function* () {
    const queue = yield* JobQueue
    const reports = yield* JobReports
    yield* add()
    const { lease, id } = yield* firstClaim
    const at = new Date()
    yield* queue.log(lease, [
      { level: "info", at, message: "one", step: "first" },
      { level: "error", at, message: "two" }
    ])
    yield* queue.log(lease, [{ level: "debug", at, message: "three" }])

    const last = yield* reports.logs(id, { limit: 2 })
    expect(last.map((line) => line.message)).toEqual(["two", "three"])
    const all = yield* reports.logs(id, { after: 0, limit: 10 })
    expect(all).toMatchObject([
      { message: "one", step: "first", attempt: 1 },
      { message: "two", level: "error" },
      { message: "three" }
    ])
  })
)
