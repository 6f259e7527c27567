/** Removes what nobody needs any more: sessions that ended, and entries of the audit trail after a year. */
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { keepDoing } from "../backgroundRounds.ts"
import { unavailable } from "./callFailures.ts"
import { mayRemove } from "./databaseClock.ts"

/** Rows of one statement, so that no statement holds others up. */
const MOST_AT_ONCE = 5_000

export const sweepIdentity = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const untilNoneIsLeft = <E>(remove: Effect.Effect<ReadonlyArray<object>, E>) =>
    Effect.repeat(remove, { while: (gone) => gone.length === MOST_AT_ONCE })

  if (!(yield* mayRemove(sql))) return
  yield* sql`
    DELETE FROM board_sessions WHERE id IN (
      SELECT id FROM board_sessions WHERE expires_at < now() OR renewed_at < now() - interval '1 day' LIMIT ${MOST_AT_ONCE}
    ) RETURNING id`.pipe(untilNoneIsLeft)
  yield* sql`
    DELETE FROM audit_log WHERE id IN (
      SELECT id FROM audit_log WHERE at < now() - interval '1 year' ORDER BY at LIMIT ${MOST_AT_ONCE}
    ) RETURNING id`.pipe(untilNoneIsLeft)
})

/** Every process does it: the rows that are gone cost the others nothing. */
export const identitySweep = Layer.effectDiscard(
  keepDoing({
    complaint: "ended sessions and old audit entries stay for now",
    pause: Effect.sleep("10 minutes")
  })(Effect.mapError(sweepIdentity, unavailable("sweepIdentity")))
)
