/**
 * Listening for notifications, and knowing whether they come. A listening connection can be deaf without any error: a
 * pooler in transaction mode takes LISTEN and forgets it, a network can lose a connection silently. So each connection
 * has to hear a word that we send ourselves before it is trusted, and again when something changed and nothing was heard.
 */
import { PgClient, PgConnection } from "@effect/sql-pg"
import { Data, Deferred, Duration, Effect, Latch, Queue, Schedule, Scope } from "effect"
import { monotonicMs } from "../../domain/monotonicMs.ts"
import { giveUpAfter } from "../giveUpAfter.ts"

const CHANNEL = "callboard"

/** From the moment when the server took the word. */
const HEARD_WITHIN = Duration.seconds(2)

/** A database that does not take the word says nothing about the hearing: it is asked again. */
const LONGEST_WORD = Duration.seconds(5)
const NEXT_WORD = Schedule.spaced("1 second")

/** After a connection was lost, until the next one is tried. */
const BEFORE_NEXT_CONNECTION = Duration.seconds(1)

const DEAF =
  "Notifications of the database do not arrive, so Callboard looks for news every second. A pooler in transaction mode " +
  "does that: give DATABASE_URL a session-mode or direct address."

class NotHeard extends Data.TaggedError("NotHeard")<{ readonly everHeard: boolean }> {}

/** The connection closes first: the other way round it would say UNLISTEN, and wait for a server that may be silent. */
const open = (config: PgConnection.Config) =>
  Effect.gen(function* () {
    const listening = yield* Effect.acquireRelease(Scope.make(), Scope.close)
    const connection = yield* PgConnection.make(config)
    return yield* connection.listen(CHANNEL).pipe(Scope.provide(listening))
  })

export interface HearingOptions {
  /** How long a deaf connection is believed to be the best that can be had. */
  readonly whileDeaf: Duration.Duration
  /** Called for each notification, but not for the words of `prove`. */
  readonly onNotification: (payload: string) => Effect.Effect<void>
  /** Called when a connection listens: what changed before has to be read. */
  readonly onListening: Effect.Effect<void>
}

const wordOf = (id: string) => JSON.stringify({ word: id })
const isWord = (payload: string) => payload.startsWith('{"word":')

export const makeHearing = Effect.fnUntraced(function* ({ onListening, onNotification, whileDeaf }: HearingOptions) {
  const pg = yield* PgClient.PgClient
  const silence = Latch.makeUnsafe(true)
  const made = Latch.makeUnsafe(false)
  let heardAtMs = Number.NEGATIVE_INFINITY
  let isDeaf = false
  let expected: { readonly word: string; readonly heard: Deferred.Deferred<void> } | undefined

  const hear = (payload: string) =>
    Effect.gen(function* () {
      heardAtMs = yield* monotonicMs
      if (payload === expected?.word) yield* Deferred.succeed(expected.heard, undefined)
      if (!isWord(payload)) yield* onNotification(payload)
    })

  const prove = (everHeard: boolean) =>
    Effect.gen(function* () {
      const heard = yield* Deferred.make<void>()
      expected = { word: wordOf(Bun.randomUUIDv7()), heard }
      yield* pg.notify(CHANNEL, expected.word).pipe(giveUpAfter(LONGEST_WORD), Effect.retry(NEXT_WORD), Effect.orDie)
      yield* Deferred.await(heard).pipe(
        Effect.timeoutOrElse({ duration: HEARD_WITHIN, orElse: () => Effect.fail(new NotHeard({ everHeard })) })
      )
    })

  const trusted = Effect.gen(function* () {
    yield* Latch.close(silence)
    if (isDeaf) yield* Effect.logInfo("Notifications of the database arrive again.")
    isDeaf = false
  })

  /** Something changed in here: without a sound meanwhile, the hearing is in doubt. */
  const proveWhenInDoubt = Effect.gen(function* () {
    yield* Latch.await(made)
    const since = yield* monotonicMs
    yield* Effect.sleep(HEARD_WITHIN)
    yield* Latch.close(made)
    // The sound may come before the one who made the change knows that it is made.
    if (heardAtMs < since - Duration.toMillis(HEARD_WITHIN)) yield* prove(true)
  })

  const connection = Effect.gen(function* () {
    const notifications = yield* open(pg.config)
    yield* onListening
    const hearing = Effect.forever(Effect.flatMap(Queue.take(notifications), ({ payload }) => hear(payload)))
    const proving = prove(false).pipe(Effect.andThen(trusted), Effect.andThen(Effect.forever(proveWhenInDoubt)))
    return yield* Effect.raceFirst(hearing, proving)
  }).pipe(Effect.scoped)

  /** The pooler's session would go on listening for nobody, and complain of each notification. With luck it is this one. */
  const forget = pg.unsafe("UNLISTEN *").pipe(giveUpAfter(LONGEST_WORD), Effect.ignore)

  const onNotHeard = ({ everHeard }: NotHeard) =>
    Effect.gen(function* () {
      // A new connection may hear better than one that was lost.
      if (everHeard) return yield* Effect.logDebug("notifications stopped coming; connecting again")
      if (!isDeaf) yield* Effect.logWarning(DEAF)
      yield* forget
      isDeaf = true
      yield* Effect.sleep(whileDeaf)
    })

  yield* connection.pipe(
    Effect.ensuring(Latch.open(silence)),
    Effect.catchTag("NotHeard", onNotHeard),
    Effect.catchCause((cause) => Effect.logDebug("LISTEN was lost; connecting again", cause)),
    Effect.andThen(Effect.sleep(BEFORE_NEXT_CONNECTION)),
    Effect.forever,
    Effect.forkScoped
  )

  return {
    /** Waits while notifications are known to come. */
    awaitSilence: Latch.await(silence),
    /** This process changed a job, of which a notification has to come. */
    changed: Effect.asVoid(Latch.open(made))
  }
})
