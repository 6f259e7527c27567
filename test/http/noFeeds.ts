import { Effect, Option } from "effect"
import type { LiveFeeds } from "../../src/http/pages/LiveFeeds.ts"

/** For boards that nobody follows. */
export const noFeeds: LiveFeeds = () => Effect.succeed(Option.none())
