/** Whether this process can do its work: the database answers and, where it runs jobs, the worker claims. */
import { Context, Duration, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Readiness } from "../domain/Readiness.ts"
import { Departure } from "./Departure.ts"
import { giveUpAfter } from "./giveUpAfter.ts"

type WorkerPhase = "starting" | "claiming" | "draining"

/** Written by the worker, read by whoever asks whether the process is ready. */
export class WorkerState extends Context.Service<WorkerState, { phase: WorkerPhase }>()(
  "callboard/runtime/WorkerState"
) {
  static readonly layer = Layer.sync(WorkerState, () => ({ phase: "starting" as WorkerPhase }))
}

const DATABASE_LIMIT = Duration.seconds(2)

const databaseCheck = Effect.map(SqlClient.SqlClient, (sql) =>
  sql`SELECT 1`.pipe(
    giveUpAfter(DATABASE_LIMIT),
    Effect.match({ onSuccess: () => "ok", onFailure: () => "does not answer" })
  )
)

const reportOf = (checks: Readonly<Record<string, string>>) => ({
  ready: Object.values(checks).every((each) => each === "ok"),
  checks
})

/** `more` are the checks besides that of the database. */
const make = (more: () => Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    const database = yield* databaseCheck
    const { hasBegun } = yield* Departure
    return Readiness.of({
      check: Effect.gen(function* () {
        // Said at once, also while the database does not answer.
        if (yield* hasBegun) return reportOf({ process: "draining" })
        return reportOf({ database: yield* database, ...more() })
      })
    })
  })

export const layer = Layer.effect(
  Readiness,
  Effect.flatMap(WorkerState, (state) => make(() => ({ worker: state.phase === "claiming" ? "ok" : state.phase })))
)

/** For a process that runs no jobs. */
export const databaseOnly = Layer.effect(
  Readiness,
  make(() => ({}))
)
