/** The same action on many jobs, as a job of its own: people see how far it is, and can stop it. */
import { Duration, Effect, Layer, Option, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { BULK_TYPE, BulkFilter, BulkJobs, type BulkRequest, BulkResult } from "../domain/BulkJobs.ts"
import { CurrentJob } from "../domain/CurrentJob.ts"
import { JobFilter } from "../domain/JobFilter.ts"
import { firstIdAt, JobId, momentOfId } from "../domain/JobId.ts"
import { BulkAction, Jobs } from "../domain/Jobs.ts"
import { defineJobType, type JobType } from "../domain/JobType.ts"
import type { Lane } from "../domain/Lane.ts"
import { Lanes } from "../domain/Lanes.ts"
import { Steps } from "../domain/Steps.ts"
import { giveUpAfter } from "./giveUpAfter.ts"
import { answered } from "./postgres/callFailures.ts"
import * as PgLanes from "./postgres/PgLanes.ts"

/** Ahead of ordinary work: somebody is waiting, often to stop just that work. */
const PRIORITY = 50

/** Where it can run, the usual lane first. */
const LANES = ["default", "quick", "browser"] as const satisfies ReadonlyArray<Lane>

/** The choice of a lane is a favour: who waits for an answer does not wait longer than this for it. */
const CHOICE = Duration.seconds(1)

/**
 * A lane that takes work now: what stops a flood must not wait behind it, nor for the lane that somebody paused because of
 * it. When none is known to, it waits in its usual one.
 */
export const openLane = ({ list }: Pick<typeof Lanes.Service, "list">) =>
  list.pipe(
    Effect.map((reports) => {
      const open = LANES.flatMap((lane) => reports.filter((each) => each.lane === lane)).filter(
        ({ capacity, paused }) => paused === undefined && capacity > 0
      )
      return (open.find(({ capacity, running }) => running < capacity) ?? open[0])?.lane
    }),
    giveUpAfter(CHOICE),
    Effect.orElseSucceed(() => undefined)
  )

/** Jobs of one statement. */
const PART = 500

const Input = Schema.Struct({
  action: BulkAction,
  filter: BulkFilter,
  reason: Schema.optionalKey(Schema.String),
  /** The last job that may be changed: those created later are left alone, this job itself among them. */
  until: JobId
})

/** `jobs` comes later, because what stores jobs needs to know all job types first. */
export const bulkJobType = (jobs: Effect.Effect<typeof Jobs.Service>): JobType =>
  defineJobType({
    name: BULK_TYPE,
    title: "Change many jobs",
    description: "Cancels or retries all jobs that match a filter. It is started from a list of jobs.",
    lane: LANES[0],
    input: Input,
    result: BulkResult,
    steps: [{ name: "change", title: "Change the jobs" }],
    timeout: Duration.hours(1),
    example: () => ({
      action: "retry" as const,
      filter: { status: ["failed" as const] },
      until: "00000000-0000-7000-8000-000000000000"
    }),
    run: ({ action, filter, until }) =>
      Effect.gen(function* () {
        const steps = yield* Steps
        const { applyToMany } = yield* jobs
        const change = Effect.gen(function* () {
          const own = yield* CurrentJob
          const range = {
            until,
            most: PART,
            endedBefore: new Date(momentOfId(until)),
            ...(Option.isSome(own) && { besides: own.value.id })
          }
          let seen = 0
          let changed = 0
          let isFirstRound = true
          let round: { changed: number; held: number }
          // What needs a job of a later part is left alone until that one is retried. Each round retries one at least.
          do {
            round = { changed: 0, held: 0 }
            let after: JobId | undefined
            do {
              const part = yield* applyToMany(action, filter, { ...range, ...(after && { after }) })
              if (isFirstRound) seen += part.seen
              round.changed += part.changed
              round.held += part.held
              changed += part.changed
              after = part.next
              yield* steps.progress(`${changed} of ${seen} jobs ${action === "cancel" ? "cancelled" : "retried"}`)
            } while (after !== undefined)
            isFirstRound = false
          } while (round.held > 0 && round.changed > 0)
          return { seen, changed }
        })
        // A part that is done twice changes nothing more, so a run that was cut off starts again from its beginning. It
        // counts only what it changes itself.
        return yield* steps.run("change", BulkResult, change)
      })
  })

export const layer = Layer.effect(
  BulkJobs,
  Effect.gen(function* () {
    const jobs = yield* Jobs
    const lanes = yield* Lanes
    const sql = yield* SqlClient.SqlClient
    const encodeFilter = Schema.encodeSync(JobFilter)
    return BulkJobs.of({
      start: ({ action, filter, reason }: BulkRequest, options = {}) =>
        Effect.gen(function* () {
          // The clock that ends of jobs are written with: this process may be minutes behind it.
          const [now] = yield* sql<{ ms: number }>`
            SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms`.pipe(answered("startBulk"))
          const until = firstIdAt(now!.ms)
          const asked = { action, filter: encodeFilter(filter), ...(reason !== undefined && { reason }) }
          const request = { jobType: BULK_TYPE, input: { ...asked, until }, priority: PRIORITY }
          const lane = yield* openLane(lanes)
          // `until` is another one each time that the same is asked for.
          return yield* jobs.create(request, { ...options, asked: { [BULK_TYPE]: asked }, ...(lane && { lane }) })
        }).pipe(
          Effect.catchTags({ UnknownJobType: Effect.die, InvalidInput: Effect.die, UnknownDependency: Effect.die })
        )
    })
  })
).pipe(Layer.provide(PgLanes.layer))
