/** Whether this process can do its work: the database answers and, where it runs jobs, the worker claims. */
import { Context, Duration, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { STOP_MARGIN } from "../domain/Lease.ts"
import { Readiness } from "../domain/Readiness.ts"
import { Departure } from "./Departure.ts"
import { giveUpAfter } from "./giveUpAfter.ts"
import { type Moment, moment, msBetween } from "./Moment.ts"

type WorkerPhase = "starting" | "claiming" | "draining"

/** Written by the worker, read by whoever asks whether the process is ready. */
export class WorkerState extends Context.Service<
  WorkerState,
  {
    phase: WorkerPhase
    /** When the last beat that the database took was sent; the start before the first. */
    beatAt: Moment
  }
>()("callboard/runtime/WorkerState") {
  static readonly layer = Layer.effect(
    WorkerState,
    Effect.map(moment, (beatAt) => ({ phase: "starting" as WorkerPhase, beatAt }))
  )
}

const DATABASE_LIMIT = Duration.seconds(2)

const databaseCheck = Effect.map(SqlClient.SqlClient, (sql) =>
  sql<{ readOnly: boolean }>`SELECT current_setting('transaction_read_only')::boolean AS read_only`.pipe(
    giveUpAfter(DATABASE_LIMIT),
    Effect.match({
      // So is a standby, or one whose owner has closed it for writes.
      onSuccess: ([row]) => (row!.readOnly ? "takes no writes" : "ok"),
      onFailure: () => "does not answer"
    })
  )
)

const reportOf = (checks: Readonly<Record<string, string>>) => ({
  ready: Object.values(checks).every((each) => each === "ok"),
  checks
})

/** `more` are the checks besides that of the database. */
const make = (more: Effect.Effect<Readonly<Record<string, string>>>) =>
  Effect.gen(function* () {
    const database = yield* databaseCheck
    const { hasBegun } = yield* Departure
    return Readiness.of({
      check: Effect.gen(function* () {
        // Said at once, also while the database does not answer.
        if (yield* hasBegun) return reportOf({ process: "draining" })
        return reportOf({ database: yield* database, ...(yield* more) })
      })
    })
  })

/** For a process that runs jobs. A beat is a write, so it also shows that the disk of the database is full. */
export const layer = (leaseTime: Duration.Duration) => {
  const trustMs = Duration.toMillis(leaseTime) - Duration.toMillis(STOP_MARGIN)
  return Layer.effect(
    Readiness,
    Effect.flatMap(WorkerState, (state) =>
      make(
        Effect.map(moment, (now) => {
          if (state.phase !== "claiming") return { worker: state.phase }
          return { worker: msBetween(state.beatAt, now) < trustMs ? "ok" : "cannot renew its leases" }
        })
      )
    )
  )
}

/** For a process that runs no jobs. */
export const databaseOnly = Layer.effect(Readiness, make(Effect.succeed({})))
