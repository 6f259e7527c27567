/**
 * The lease protocol: the right to run one attempt of one job.
 *
 * - A claim gives the job a fresh random token and an expiry on the database's clock. The token is the fence: every
 *   later write of the worker names it in its `WHERE`, so a worker that lost the lease changes nothing. Files and evidence
 *   name the attempt instead, and are refused once a newer one has begun. Log lines are kept under the attempt that wrote
 *   them, however late, because they tell what happened.
 * - The worker renews all its leases on a timer, never on progress. On a second timer it stops trusting a lease that
 *   was not renewed for a while, counted from before the last successful renewal was sent, by its monotonic or its wall
 *   clock, whichever ran further. The margin leaves time to take the script down before the database would give the job
 *   to somebody else. A job that was stopped so is handed back, if nobody has taken it by then.
 * - A lease past its expiry may be rescued by any worker: the job goes back to pending (or ends, if it was asked to
 *   cancel). A worker leaves alone what it still has in hand itself. A process that starts under the name of a former
 *   self rescues that one's leases at once.
 * - Zero rows written means the lease is lost: the fiber is interrupted and writes nothing more.
 */
import { Duration, Schema } from "effect"
import { JobId } from "./JobId.ts"

/** Taking a script down takes time: a lease is given up this long before the database could hand the job on. */
export const STOP_MARGIN = Duration.seconds(5)

export const LeaseToken = Schema.String.check(Schema.isUUID()).pipe(Schema.brand("LeaseToken"))
export type LeaseToken = typeof LeaseToken.Type

export interface Lease {
  readonly jobId: JobId
  readonly token: LeaseToken
  /** Number of the attempt that this lease allows, counted from 1 when claimed. */
  readonly attempt: number
}

/** Somebody else may be running this job now. The holder stops and writes nothing. */
export class LeaseLost extends Schema.TaggedError<LeaseLost>()("LeaseLost", { jobId: JobId }) {}

/** Who claims: a configured or derived name, and an id that is new at each start of the process. */
export interface WorkerIdentity {
  readonly name: string
  readonly bootId: string
}
