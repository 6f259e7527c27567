/** One tailer per process: LISTEN feeds a hub that serves every stream. While nothing is heard, readers are told to poll. */
import { Context, Duration, Effect, Layer, Schema } from "effect"
import { type JobChange, JobChanges } from "../../domain/JobChanges.ts"
import { JobId } from "../../domain/JobId.ts"
import { Lane, OWN_LANE } from "../../domain/Lane.ts"
import { makeNews } from "../../domain/makeNews.ts"
import { makeChangesForCallers } from "./changesForCallers.ts"
import { makeHearing } from "./Hearing.ts"
import { OwnChanges } from "./OwnChanges.ts"

/** Changes that a reader may be behind before it loses the oldest ones. */
const HUB_CAPACITY = 4_096

/** While no notifications come, everybody reads again this often. */
const POLL_IN_SILENCE = Duration.seconds(1)

/** A pooler stays what it is until somebody changes its settings. */
const WHILE_DEAF = Duration.minutes(1)

/** What `notify_of_jobs` sends (migrations), up to 20 jobs by name or only the lanes of more than that, and `PgLanes` of a pause. */
const Notification = Schema.fromJsonString(
  Schema.Struct({
    logged: Schema.optionalKey(JobId),
    jobs: Schema.optionalKey(Schema.Array(Schema.Tuple([JobId, Schema.Int, Lane, Schema.NullOr(Schema.Finite)]))),
    lanes: Schema.optionalKey(Schema.Array(Schema.Tuple([Lane, Schema.NullOr(Schema.Finite)]))),
    cancel: Schema.optionalKey(Schema.Array(JobId)),
    paused: Schema.optionalKey(Schema.Struct({ kind: Schema.Literals(["lane", "type"]), name: Schema.String }))
  })
)

const GAP: JobChange = { _tag: "Gap" }

const changesOf = ({
  cancel = [],
  jobs = [],
  lanes,
  logged,
  paused
}: typeof Notification.Type): ReadonlyArray<JobChange> => {
  if (logged !== undefined) return [{ _tag: "Logged", id: logged }]
  if (lanes !== undefined) {
    const dueInMs = new Map<Lane, number>()
    for (const [lane, ms] of lanes) {
      if (ms !== null) dueInMs.set(lane, Math.min(ms, dueInMs.get(lane) ?? ms))
    }
    const isOwn = lanes.length > 0 && lanes.every(([lane]) => lane === OWN_LANE)
    return [{ _tag: "Many", dueInMs, cancelRequested: cancel, ...(isOwn && { isOwn }), ...(paused && { paused }) }]
  }
  return jobs.map(([id, revision, lane, due]) => ({
    _tag: "Changed",
    id,
    revision,
    lane,
    cancelRequested: cancel.includes(id),
    ...(due !== null && { dueInMs: due })
  }))
}

const decode = (payload: string): Effect.Effect<ReadonlyArray<JobChange>> =>
  Schema.decodeUnknownEffect(Notification)(payload).pipe(
    Effect.map(changesOf),
    // Somebody else notified on our channel, or another version did: reading again is always right.
    Effect.orElseSucceed(() => [GAP])
  )

const make = Effect.fnUntraced(function* (whileDeaf: Duration.Duration) {
  const { heard: changes, tell: publish } = yield* makeNews<JobChange>({ capacity: HUB_CAPACITY, gap: GAP })

  const hearing = yield* makeHearing({
    whileDeaf,
    onListening: publish(GAP),
    onNotification: (payload) =>
      Effect.flatMap(decode(payload), (news) => Effect.forEach(news, publish, { discard: true }))
  })
  yield* hearing.awaitSilence.pipe(
    Effect.andThen(publish(GAP)),
    Effect.andThen(Effect.sleep(POLL_IN_SILENCE)),
    Effect.forever,
    Effect.forkScoped
  )

  const forCallers = yield* makeChangesForCallers
  return Context.make(JobChanges, { changes: forCallers(changes) }).pipe(
    Context.add(OwnChanges, { made: hearing.changed })
  )
})

/** `whileDeaf`: after how long a connection that hears nothing is replaced by another try. */
export const layerWith = (whileDeaf: Duration.Duration) => Layer.effectContext(make(whileDeaf))

export const layer = layerWith(WHILE_DEAF)
