/** What all routes of the board share. */
import type { Effect } from "effect"
import type { Run } from "../Run.ts"
import type { BoardInfo } from "./BoardInfo.ts"
import type { LiveFeeds } from "./LiveFeeds.ts"

export interface Board {
  readonly run: Run
  /** What pages follow. */
  readonly feeds: LiveFeeds
  readonly info: BoardInfo
  /** Ends when the server begins to close: streams end then, instead of holding it up. */
  readonly closing: Effect.Effect<void>
}
