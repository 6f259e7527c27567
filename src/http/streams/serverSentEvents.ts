/** Server-sent events, as the HTML standard writes them. */
import { Effect, Schedule, Stream } from "effect"

export interface SentEvent {
  readonly event: string
  /** What a reader that comes back names in `Last-Event-ID`. */
  readonly id: string
  /** One line of JSON. */
  readonly data: string
}

/** Sent at once: Bun holds the headers of an answer back until its first byte. A browser comes back after 2 s. */
const OPEN = "retry: 2000\n: open\n\n"

/** Tells proxies, and us, that the reader is still there. */
const BEAT = ": beat\n\n"
const BEAT_EVERY = "15 seconds"

const EVENT_STREAM = "text/event-stream"

export const streamHeaders = {
  "content-type": `${EVENT_STREAM}; charset=utf-8`,
  "cache-control": "no-store",
  "x-accel-buffering": "no"
}

const textOf = ({ data, event, id }: SentEvent): string => `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`

/** Ends with its events, or when `end` does: the server closes, the reader is let in no longer. */
export const toBody = <E, R>(events: Stream.Stream<SentEvent, E, R>, end: Effect.Effect<void>) => {
  const beats = Stream.tick(BEAT_EVERY).pipe(
    Stream.drop(1),
    Stream.map(() => BEAT)
  )
  return Stream.make(OPEN).pipe(
    Stream.concat(Stream.merge(Stream.map(events, textOf), beats, { haltStrategy: "left" })),
    Stream.interruptWhen(end),
    Stream.encodeText
  )
}

/** Readers keep what they have while the database is away, and get what they missed when it is back. */
export const untilItWorks = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(
    Effect.retry({ while: (error) => error._tag === "JobsUnavailable", schedule: Schedule.spaced("2 seconds") })
  ) as Effect.Effect<A, Exclude<E, { readonly _tag: "JobsUnavailable" }>, R>
