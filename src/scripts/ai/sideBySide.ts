/** Paid work that runs side by side: what has begun when something fails is finished and kept, and nothing more is begun. */
import { Effect, Exit } from "effect"

export const sideBySide = <A, B, E, R>(
  items: ReadonlyArray<A>,
  work: (item: A, index: number) => Effect.Effect<B, E, R>,
  options: { readonly concurrency: number }
): Effect.Effect<ReadonlyArray<B>, E, R> =>
  Effect.suspend(() => {
    let failed: Exit.Failure<never, E> | undefined
    const one = (item: A, index: number): Effect.Effect<ReadonlyArray<B>, never, R> =>
      failed !== undefined
        ? Effect.succeed([])
        : Effect.map(Effect.exit(work(item, index)), (exit) => {
            if (Exit.isSuccess(exit)) return [exit.value]
            failed ??= Exit.failCause(exit.cause) as Exit.Failure<never, E>
            return []
          })
    return Effect.flatMap(
      Effect.forEach(items, one, options),
      (done) => failed ?? Effect.succeed(done.flat(1) as Array<B>)
    )
  })
