/** One tailer per process: LISTEN feeds a hub that serves every stream. While LISTEN is down, readers are told to poll. */
import { PgClient } from "@effect/sql-pg"
import { Duration, Effect, Layer, PubSub, Queue, Schema, Stream } from "effect"
import { type JobChange, JobChanges } from "../../domain/JobChanges.ts"
import { JobId } from "../../domain/JobId.ts"
import { Lane } from "../../domain/Lane.ts"

/** Changes that a reader may be behind before it loses the oldest ones. */
const HUB_CAPACITY = 4_096

/** While LISTEN is down, everybody reads again this often. */
const POLL_WITHOUT_LISTEN = Duration.seconds(1)

/** What `notify_of_jobs` sends (migrations): up to 20 jobs by name, or only the lanes of more than that. */
const Notification = Schema.fromJsonString(
  Schema.Struct({
    logged: Schema.optionalKey(JobId),
    jobs: Schema.optionalKey(Schema.Array(Schema.Tuple([JobId, Schema.Int, Lane, Schema.NullOr(Schema.Finite)]))),
    lanes: Schema.optionalKey(Schema.Array(Schema.Tuple([Lane, Schema.NullOr(Schema.Finite)]))),
    cancel: Schema.optionalKey(Schema.Array(JobId))
  })
)

const GAP: JobChange = { _tag: "Gap" }

const changesOf = ({ cancel = [], jobs = [], lanes, logged }: typeof Notification.Type): ReadonlyArray<JobChange> => {
  if (logged !== undefined) return [{ _tag: "Logged", id: logged }]
  if (lanes !== undefined) {
    const due = lanes.flatMap(([lane, ms]) => (ms === null ? [] : [[lane, ms] as const]))
    return [{ _tag: "Many", dueInMs: new Map(due), cancelRequested: cancel }]
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

interface Numbered {
  readonly number: number
  readonly change: JobChange
}

const make = Effect.gen(function* () {
  const pg = yield* PgClient.PgClient
  const hub = yield* PubSub.sliding<Numbered>({ capacity: HUB_CAPACITY })
  let published = 0
  const publish = (change: JobChange) => PubSub.publish(hub, { number: ++published, change })

  const tail = Effect.scoped(
    Effect.gen(function* () {
      const notifications = yield* pg.listen("callboard")
      // Whatever changed before LISTEN stood has to be read.
      yield* publish(GAP)
      return yield* Queue.take(notifications).pipe(
        Effect.flatMap((notification) => decode(notification.payload)),
        Effect.flatMap((news) => Effect.forEach(news, publish, { discard: true })),
        Effect.forever
      )
    })
  )

  yield* tail.pipe(
    Effect.catchCause((cause) => Effect.logDebug("LISTEN was lost; polling until it is back", cause)),
    Effect.andThen(publish(GAP)),
    Effect.andThen(Effect.sleep(POLL_WITHOUT_LISTEN)),
    Effect.forever,
    Effect.forkScoped
  )

  const changes = Stream.unwrap(
    Effect.gen(function* () {
      const subscription = yield* PubSub.subscribe(hub)
      const from = published
      const rest = Stream.fromSubscription(subscription).pipe(
        Stream.mapAccum(
          () => from,
          (last, { change, number }) => [number, number > last + 1 ? [GAP, change] : [change]] as const
        )
      )
      return Stream.concat(Stream.make(GAP), rest)
    })
  )

  return JobChanges.of({ changes })
})

export const layer = Layer.effect(JobChanges, make)
