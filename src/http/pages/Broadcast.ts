/**
 * One text after the other, made once and sent as the same bytes to all who read. Nobody has a queue: a reader has a
 * place, takes what came since then, and when that is too much, everything as it is now.
 */
import { Deferred, Effect } from "effect"

/** Texts that are kept for those who are a little slower. */
const MOST_BEHIND = 16

/** Before everything: who starts here gets the whole first. */
export const START = Number.NEGATIVE_INFINITY

interface Taken {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Where the reader goes on. */
  readonly place: number
}

const encoder = new TextEncoder()

/** `whole` is everything that was told and still holds. */
export const makeBroadcast = (whole: () => string) => {
  const kept: Array<Uint8Array<ArrayBuffer>> = []
  let latest = 0
  let news = Deferred.makeUnsafe<void>()
  let made: { readonly at: number; readonly bytes: Uint8Array<ArrayBuffer> } | undefined

  const wholeNow = (): Uint8Array<ArrayBuffer> => {
    made = made?.at === latest ? made : { at: latest, bytes: encoder.encode(whole()) }
    return made.bytes
  }

  const tell = (text: string): Effect.Effect<void> =>
    Effect.suspend(() => {
      const told = news
      news = Deferred.makeUnsafe<void>()
      latest += 1
      kept.push(encoder.encode(text))
      if (kept.length > MOST_BEHIND) kept.shift()
      return Effect.asVoid(Deferred.succeed(told, undefined))
    })

  /** Waits for what a reader at this place does not have yet. */
  const next = (place: number): Effect.Effect<Taken> =>
    Effect.suspend(() => {
      const behind = latest - place
      if (behind === 0) return Effect.andThen(Deferred.await(news), next(place))
      if (behind > kept.length) return Effect.succeed({ bytes: wholeNow(), place: latest })
      const bytes = behind === 1 ? kept.at(-1)! : Uint8Array.from(Buffer.concat(kept.slice(-behind)))
      return Effect.succeed({ bytes, place: latest })
    })

  return { tell, next }
}
