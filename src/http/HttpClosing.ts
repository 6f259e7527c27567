/** News that the server is about to close: requests that wait for something answer now, instead of holding it up. */
import { Context, Effect, Latch, Layer } from "effect"

export class HttpClosing extends Context.Service<
  HttpClosing,
  {
    readonly begin: Effect.Effect<void>
    /** Waits until the server begins to close. */
    readonly begun: Effect.Effect<void>
  }
>()("callboard/http/HttpClosing") {
  static readonly layer = Layer.effect(
    HttpClosing,
    Effect.map(Latch.make(false), (latch) => ({ begin: Effect.asVoid(latch.open), begun: Effect.asVoid(latch.await) }))
  )
}
