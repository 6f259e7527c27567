/** News of jobs for one caller: what happens in other organisations is none of it. */
import { Effect, Exit, Option, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { CurrentCaller } from "../../domain/Caller.ts"
import type { JobChange } from "../../domain/JobChanges.ts"
import type { JobId } from "../../domain/JobId.ts"
import { makeCoalescer } from "../Coalescer.ts"
import { giveUpAfter } from "../giveUpAfter.ts"
import { LONGEST_CALL } from "./callFailures.ts"

/** Jobs whose organisation this process remembers; a job never changes it. About 3 MB. */
const REMEMBERED = 20_000

/** Jobs of one look. */
const MOST_TOGETHER = 500

/** Names no job, so that a caller reads again only what it may see. */
const MANY: JobChange = { _tag: "Many", dueInMs: new Map(), cancelRequested: [] }

const GAP: JobChange = { _tag: "Gap" }

export const makeChangesForCallers = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const organisations = new Map<JobId, string>()

  const remember = (id: JobId, organisation: string) => {
    organisations.set(id, organisation)
    const [oldest] = organisations.keys()
    if (organisations.size > REMEMBERED && oldest !== undefined) organisations.delete(oldest)
  }

  // A notification names no organisation. All streams of the process share the look, and it is Callboard's own.
  const look = yield* makeCoalescer<JobId, string | undefined, unknown>({
    most: MOST_TOGETHER,
    parallel: 1,
    run: (ids) =>
      sql<{ id: JobId; organisationId: string }>`
        SELECT id, organisation_id FROM script_jobs WHERE id = ANY (${ids}::text[]::uuid[])`.pipe(
        giveUpAfter(LONGEST_CALL),
        Effect.exit,
        Effect.map((found) => {
          if (Exit.isFailure(found)) return ids.map(() => Exit.failCause(found.cause))
          for (const row of found.value) remember(row.id, row.organisationId)
          return ids.map((id) => Exit.succeed(organisations.get(id)))
        })
      )
  })

  const organisationOf = (id: JobId) =>
    Effect.suspend(() => {
      const known = organisations.get(id)
      return known === undefined ? look(id) : Effect.succeed(known)
    })

  /** A job that is gone is nobody's. When nobody can say whose it is, reading again is always right. */
  const shownTo = (own: string, change: JobChange): Effect.Effect<ReadonlyArray<JobChange>> => {
    switch (change._tag) {
      case "Gap":
        return Effect.succeed([change])
      case "Many":
        return Effect.succeed(change.isOwn === true ? [] : [MANY])
      case "Changed":
      case "Logged":
        return organisationOf(change.id).pipe(
          Effect.map((organisation) => (organisation === own ? [change] : [])),
          Effect.orElseSucceed(() => [GAP])
        )
    }
  }

  /** The stream as whoever reads it may see it; Callboard itself sees all of it. */
  return (changes: Stream.Stream<JobChange>): Stream.Stream<JobChange> =>
    Stream.unwrap(
      Effect.map(
        CurrentCaller,
        Option.match({
          onNone: () => changes,
          onSome: ({ organisationId }) =>
            changes.pipe(
              Stream.mapEffect((change) => shownTo(organisationId, change)),
              Stream.flattenIterable
            )
        })
      )
    )
})
