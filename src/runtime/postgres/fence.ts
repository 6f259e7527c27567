/** What a worker writes under a lease names its token, so that a worker that lost the lease changes nothing. */
import { Effect } from "effect"
import type { SqlClient, Statement } from "effect/sql"
import { type Lease, LeaseLost } from "../../domain/Lease.ts"

export const makeFence = (sql: SqlClient.SqlClient) => ({
  /** The row of a lease's job, as long as the lease is held. */
  held: (lease: Lease) => sql`id = ${lease.jobId}::uuid AND lease_token = ${lease.token}::uuid`,

  /** Runs a statement that returns a row exactly when the lease is still held, and gives this row. */
  fenced: <A extends object, E>(
    toError: (cause: unknown) => E,
    lease: Lease,
    statement: Statement.Statement<A>
  ): Effect.Effect<A, E | LeaseLost> =>
    statement.pipe(
      Effect.mapError(toError),
      Effect.flatMap(([row]) =>
        row === undefined ? Effect.fail(new LeaseLost({ jobId: lease.jobId })) : Effect.succeed(row)
      )
    )
})
