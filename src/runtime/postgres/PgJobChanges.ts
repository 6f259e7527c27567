/** One tailer per process: LISTEN feeds a hub that serves every stream. While nothing is heard, readers are told to poll. */
import { Context, Duration, Effect, Layer, PubSub, Schema, Stream } from "effect"
import { type JobChange, JobChanges } from "../../domain/JobChanges.ts"
import { JobId } from "../../domain/JobId.ts"
import { Lane } from "../../domain/Lane.ts"
import { makeHearing } from "./Hearing.ts"
import { OwnChanges } from "./OwnChanges.ts"

/** Changes that a reader may be behind before it loses the oldest ones. */
const HUB_CAPACITY = 4_096

/** While no notifications come, everybody reads again this often. */
const POLL_IN_SILENCE = Duration.seconds(1)

/** A pooler stays what it is until somebody changes its settings. */
const WHILE_DEAF = Duration.minutes(1)

const Notification = Schema.fromJsonString(
  Schema.Union([
    Schema.Struct({ logged: JobId }),
    Schema.Struct({
      id: JobId,
      revision: Schema.Int,
      lane: Lane,
      due: Schema.NullOr(Schema.Finite),
      cancel: Schema.Boolean
    })
  ])
)

const GAP: JobChange = { _tag: "Gap" }

const decode = (payload: string): Effect.Effect<JobChange> =>
  Schema.decodeUnknownEffect(Notification)(payload).pipe(
    Effect.map(
      (news): JobChange =>
        "logged" in news
          ? { _tag: "Logged", id: news.logged }
          : {
              _tag: "Changed",
              id: news.id,
              revision: news.revision,
              lane: news.lane,
              cancelRequested: news.cancel,
              ...(news.due !== null && { dueInMs: news.due })
            }
    ),
    // Somebody else notified on our channel, or another version did: reading again is always right.
    Effect.orElseSucceed(() => GAP)
  )

interface Numbered {
  readonly number: number
  readonly change: JobChange
}

const make = Effect.fnUntraced(function* (whileDeaf: Duration.Duration) {
  const hub = yield* PubSub.sliding<Numbered>({ capacity: HUB_CAPACITY })
  let published = 0
  const publish = (change: JobChange) =>
    Effect.suspend(() => Effect.asVoid(PubSub.publish(hub, { number: ++published, change })))

  const hearing = yield* makeHearing({
    whileDeaf,
    onListening: publish(GAP),
    onNotification: (payload) => Effect.flatMap(decode(payload), publish)
  })
  yield* hearing.awaitSilence.pipe(
    Effect.andThen(publish(GAP)),
    Effect.andThen(Effect.sleep(POLL_IN_SILENCE)),
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

  return Context.make(JobChanges, { changes }).pipe(Context.add(OwnChanges, { made: hearing.changed }))
})

/** `whileDeaf`: after how long a connection that hears nothing is replaced by another try. */
export const layerWith = (whileDeaf: Duration.Duration) => Layer.effectContext(make(whileDeaf))

export const layer = layerWith(WHILE_DEAF)
