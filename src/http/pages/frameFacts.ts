/** Loads what the top of every page says, before the page itself; it is kept for two seconds, so it mostly costs nothing. */
import { Effect, Exit } from "effect"
import type { Context, MiddlewareHandler } from "hono"
import { BoardOverview } from "../../domain/BoardOverview.ts"
import { type FrameFacts, frameFactsOf } from "../../views/FrameFacts.tsx"
import { personOf, servedTo } from "../callerOf.ts"
import type { Board } from "./Board.ts"

const KEY = "frameFacts"

/** Longer than that the page does not wait for what stands at its top. */
const LONGEST_WAIT = "1 second"

const isFacts = (value: unknown): value is FrameFacts =>
  typeof value === "object" && value !== null && "failureKinds" in value

export const frameFactsIn = (c: Context): FrameFacts | undefined => {
  const facts: unknown = c.get(KEY)
  return isFacts(facts) ? facts : undefined
}

/** Fragments, streams, pictures and files have no frame. */
const hasFrame = (c: Context): boolean =>
  c.req.header("hx-request-type") !== "partial" && !/^\/(?:assets|events|trace)\b|\.[a-z]+$/u.test(c.req.path)

/** A page without these numbers is better than none: whatever goes wrong here is for the page to say. */
export const withFrameFacts =
  ({ run }: Board): MiddlewareHandler =>
  async (c, next) => {
    // Nobody is told anything before the sign-in.
    if (hasFrame(c) && personOf(c) !== undefined) {
      const load = Effect.flatMap(BoardOverview, ({ get }) => Effect.timeout(get, LONGEST_WAIT))
      const exit = await run(servedTo(c)(load), c.req.raw.signal)
      if (Exit.isSuccess(exit)) c.set(KEY, frameFactsOf(exit.value))
    }
    await next()
  }
