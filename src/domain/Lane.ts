/**
 * A class of work with its own bounded concurrency per process: `browser` for scripts with a page, `default` for
 * everything that takes seconds or minutes, `quick` for many short jobs, which are claimed ahead and recorded together,
 * and `system` for what Callboard sends out itself, so that neither holds up the other.
 */
import { Schema } from "effect"

export const Lane = Schema.Literals(["browser", "default", "quick", "system"])
export type Lane = typeof Lane.Type

/** Callboard's own: nobody else's job types run in it, and lists of jobs leave it out. */
export const OWN_LANE = "system" satisfies Lane

export type TeamLane = Exclude<Lane, typeof OWN_LANE>

export const lanes: ReadonlyArray<Lane> = Lane.literals

export const isLane = (name: string): name is Lane => lanes.some((lane) => lane === name)
