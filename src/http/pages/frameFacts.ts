/** Loads what the top of every page says, before the page itself; it is kept for two seconds, so it mostly costs nothing. */
import { Clock, Effect, Exit } from "effect"
import type { Context, MiddlewareHandler } from "hono"
import { BoardOverview } from "../../domain/BoardOverview.ts"
import { type FrameFacts, frameFactsOf } from "../../views/FrameFacts.tsx"
import { callerOf, personOf, servedTo } from "../callerOf.ts"
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

/** Organisations whose last numbers are kept. */
const MOST_KEPT = 100

/** The last numbers of each organisation, for the time in which the database is away. */
const makeMemory = () => {
  const last = new Map<string, FrameFacts>()
  return {
    keep: (organisationId: string, facts: FrameFacts, readAt: number) => {
      last.delete(organisationId)
      last.set(organisationId, { ...facts, banner: undefined, readAt })
      const [oldest] = last.keys()
      if (last.size > MOST_KEPT && oldest !== undefined) last.delete(oldest)
    },
    of: (organisationId: string) => last.get(organisationId)
  }
}

/** A page without these numbers is better than none: whatever goes wrong here is for the page to say. */
export const withFrameFacts = ({ run }: Pick<Board, "run">): MiddlewareHandler => {
  const memory = makeMemory()
  return async (c, next) => {
    // Nobody is told anything before the sign-in.
    if (hasFrame(c) && personOf(c) !== undefined) {
      const { organisationId } = callerOf(c)
      const load = Effect.gen(function* () {
        const { get } = yield* BoardOverview
        return [frameFactsOf(yield* Effect.timeout(get, LONGEST_WAIT)), yield* Clock.currentTimeMillis] as const
      })
      const exit = await run(servedTo(c)(load), c.req.raw.signal)
      if (Exit.isSuccess(exit)) memory.keep(organisationId, ...exit.value)
      c.set(KEY, Exit.isSuccess(exit) ? exit.value[0] : memory.of(organisationId))
    }
    await next()
  }
}
