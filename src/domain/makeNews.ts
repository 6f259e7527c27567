import { Effect, PubSub, Stream } from "effect"

export interface NewsOptions<A> {
  /** What a listener may be behind; then it loses the oldest. */
  readonly capacity: number
  /** Says that something may have been missed. */
  readonly gap: A
}

/**
 * One who tells, and many who listen. Each hears a gap first, once it is sure to hear what follows, and one more in the
 * place of what it was too slow for.
 */
export const makeNews = <A>({ capacity, gap }: NewsOptions<A>) =>
  Effect.gen(function* () {
    const hub = yield* PubSub.sliding<{ readonly number: number; readonly item: A }>({ capacity })
    let told = 0
    const tell = (item: A) => Effect.suspend(() => Effect.asVoid(PubSub.publish(hub, { number: ++told, item })))

    const heard: Stream.Stream<A> = Stream.unwrap(
      Effect.gen(function* () {
        const subscription = yield* PubSub.subscribe(hub)
        const from = told
        const rest = Stream.fromSubscription(subscription).pipe(
          Stream.mapAccum(
            () => from,
            (last, { item, number }) => [number, number > last + 1 ? [gap, item] : [item]] as const
          )
        )
        return Stream.concat(Stream.make(gap), rest)
      })
    )
    return { tell, heard }
  })
