/** Whether this process can do its work: the database answers, and the worker claims. */
import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Readiness } from "../domain/Readiness.ts"

type WorkerPhase = "starting" | "claiming" | "draining"

/** Written by the worker, read by whoever asks whether the process is ready. */
export class WorkerState extends Context.Service<WorkerState, { phase: WorkerPhase }>()(
  "callboard/runtime/WorkerState"
) {
  static readonly layer = Layer.sync(WorkerState, () => ({ phase: "starting" as WorkerPhase }))
}

const DATABASE_LIMIT = "2 seconds"

export const layer = Layer.effect(
  Readiness,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const state = yield* WorkerState
    const database = sql`SELECT 1`.pipe(
      Effect.timeout(DATABASE_LIMIT),
      Effect.match({ onSuccess: () => "ok", onFailure: () => "does not answer" })
    )
    const check = Effect.map(database, (answer) => {
      const checks = { database: answer, worker: state.phase === "claiming" ? "ok" : state.phase }
      return { ready: Object.values(checks).every((each) => each === "ok"), checks }
    })
    return Readiness.of({ check })
  })
)
