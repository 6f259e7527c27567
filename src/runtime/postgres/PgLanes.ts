/** Lanes on PostgreSQL: how full they are (a view of the migrations), and their pauses. */
import { Effect, Layer, Option, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import { CurrentCaller } from "../../domain/Caller.ts"
import { JobTypes } from "../../domain/JobType.ts"
import { Lane, lanes } from "../../domain/Lane.ts"
import { type LaneReport, Lanes, type Pause, type PauseRequest } from "../../domain/Lanes.ts"
import { forCallers, makeCallers } from "./asCaller.ts"
import { answered } from "./callFailures.ts"
import { claimedAhead } from "./claimedAhead.ts"

const Timestamp = Schema.DateTimeUtcFromDate

const StatusRow = Schema.Struct({
  lane: Lane,
  ready: Schema.Int,
  scheduled: Schema.Int,
  blocked: Schema.Int,
  behind: Schema.Int,
  running: Schema.Int,
  capacity: Schema.Int,
  oldestReadyAt: Schema.NullOr(Timestamp),
  pausedAt: Schema.NullOr(Timestamp),
  pausedBy: Schema.NullOr(Schema.String),
  pauseReason: Schema.NullOr(Schema.String)
})

const PauseRow = Schema.Struct({
  name: Schema.String,
  pausedAt: Timestamp,
  pausedBy: Schema.NullOr(Schema.String),
  reason: Schema.NullOr(Schema.String)
})

const pauseOf = (since: Pause["since"], by: string | null, reason: string | null): Pause => ({
  since,
  ...(by !== null && { by }),
  ...(reason !== null && { reason })
})

const idle = (lane: Lane): LaneReport => ({ lane, capacity: 0, running: 0, ready: 0, scheduled: 0, blocked: 0 })

const reportOf = (row: typeof StatusRow.Type, ahead = 0): LaneReport => ({
  lane: row.lane,
  capacity: row.capacity,
  running: row.running - ahead,
  ...(ahead > 0 && { claimedAhead: ahead }),
  ready: row.ready,
  scheduled: row.scheduled,
  blocked: row.blocked + row.behind,
  ...(row.oldestReadyAt !== null && { oldestReadyAt: row.oldestReadyAt }),
  ...(row.pausedAt !== null && { paused: pauseOf(row.pausedAt, row.pausedBy, row.pauseReason) })
})

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const types = yield* JobTypes

  const statusRows = SqlSchema.findAll({
    Request: Schema.Boolean,
    Result: StatusRow,
    execute: (isCalled) => sql`
      SELECT * FROM ${isCalled ? sql`lanes_for_callers()` : sql`script_jobs_queue_status`}
      WHERE lane = ANY (${[...lanes]}::text[]) ORDER BY lane`
  })
  const isCalled = Effect.map(CurrentCaller, Option.isSome)
  const aheadRows = (called: boolean) => sql<{ lane: string; jobs: number }>`
    SELECT lane, sum(jobs)::integer AS jobs
    FROM (${called ? sql`SELECT * FROM claimed_ahead_for_callers()` : claimedAhead(sql)}) each GROUP BY lane`
  const list = Effect.flatMap(isCalled, (called) => Effect.zip(statusRows(called), aheadRows(called))).pipe(
    Effect.map(([rows, aheads]) => {
      const ahead = new Map(aheads.map(({ jobs, lane }) => [lane, jobs]))
      // The two looks are not at one moment.
      const known = new Map(
        rows.map((row) => [row.lane, reportOf(row, Math.min(row.running, ahead.get(row.lane) ?? 0))])
      )
      return lanes.map((lane) => known.get(lane) ?? idle(lane))
    }),
    answered("lanes")
  )
  const reportFor = (lane: Lane) => Effect.map(list, (all) => all.find((each) => each.lane === lane) ?? idle(lane))

  /** Tells the workers, which hand back what they have claimed ahead of it. */
  const pause = (kind: "lane" | "type", name: string, lane: Lane, { by, reason }: PauseRequest) =>
    Effect.flatMap(isCalled, (called) => {
      const tell = sql`pg_notify('callboard', ${JSON.stringify({ lanes: [[lane, null]], paused: { kind, name } })})`
      return called
        ? // The claims say who pauses.
          sql`SELECT pause_work(${kind}, ${name}, ${reason ?? null}), ${tell}`
        : sql`
          WITH paused AS (
            INSERT INTO pauses (kind, name, paused_by, reason) VALUES (${kind}, ${name}, ${by ?? null}, ${reason ?? null})
            ON CONFLICT (kind, name) DO UPDATE SET paused_by = excluded.paused_by, reason = excluded.reason
            RETURNING name
          )
          SELECT ${tell} FROM paused`
    })

  /** Wakes the workers of the lane, which heard nothing of its jobs while it was paused. */
  const resume = (kind: "lane" | "type", name: string, lane: Lane) =>
    Effect.flatMap(isCalled, (called) =>
      called
        ? sql`SELECT resume_work(${kind}, ${name}, ${lane})`
        : sql`
          WITH resumed AS (DELETE FROM pauses WHERE kind = ${kind} AND name = ${name} RETURNING name)
          SELECT notify_of_jobs(NULL, jsonb_build_array(jsonb_build_array(${lane}::text, 0)), NULL) FROM resumed`
    )

  const pauseRows = SqlSchema.findAll({
    Request: Schema.Void,
    Result: PauseRow,
    execute: () => sql`SELECT name, paused_at, paused_by, reason FROM pauses WHERE kind = 'type' LIMIT 1000`
  })

  const calls: typeof Lanes.Service = {
    list,
    pause: (lane, request) => Effect.andThen(answered("pause")(pause("lane", lane, lane, request)), reportFor(lane)),
    resume: (lane) => Effect.andThen(answered("resume")(resume("lane", lane, lane)), reportFor(lane)),
    pauseType: (name, request) =>
      Effect.flatMap(types.named(name), ({ lane }) =>
        Effect.asVoid(answered("pauseType")(pause("type", name, lane, request)))
      ),
    resumeType: (name) =>
      Effect.flatMap(types.named(name), ({ lane }) =>
        Effect.asVoid(answered("resumeType")(resume("type", name, lane)))
      ),
    pausedTypes: pauseRows(undefined).pipe(
      Effect.map((rows) => new Map(rows.map((row) => [row.name, pauseOf(row.pausedAt, row.pausedBy, row.reason)]))),
      answered("pausedTypes")
    )
  }
  return Lanes.of(forCallers(yield* makeCallers, calls))
})

export const layer = Layer.effect(Lanes, make)
