/** Why the database refuses a caller's new job: nearly always for who asks, and now and then for the time in its id. */
import { Clock, Duration, Effect } from "effect"
import { SqlClient } from "effect/sql"
import { ClocksDiffer } from "../../domain/ClocksDiffer.ts"
import { makeCallers } from "./asCaller.ts"
import { answered, unavailable } from "./callFailures.ts"

/** The policy has an hour (migrations), and it is later now than when it judged. */
const TOO_FAR_MS = Duration.toMillis(Duration.minutes(59))

export const makeRefusingNew = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const callers = yield* makeCallers

  const clocksDifferBy = Effect.gen(function* () {
    const [database] = yield* sql<{ ms: number }>`
      SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms`
    return Math.abs(database!.ms - (yield* Clock.currentTimeMillis))
  })

  return (operation: string) =>
    <A, E, R>(work: Effect.Effect<A, E, R>) =>
      callers
        .refusing(operation)(work)
        .pipe(
          Effect.catchTag("NotAllowed", (refused) =>
            callers.itself(clocksDifferBy).pipe(
              answered(operation),
              Effect.flatMap((byMs) =>
                Effect.fail(byMs < TOO_FAR_MS ? refused : unavailable(operation)(new ClocksDiffer({ byMs })))
              )
            )
          )
        )
})
