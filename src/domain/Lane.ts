/**
 * A class of work with its own bounded concurrency per process: `browser` for scripts with a page, `default` for
 * everything that takes seconds or minutes, `quick` for many short jobs, which are claimed ahead and recorded together.
 */
import { Schema } from "effect"

export const Lane = Schema.Literals(["browser", "default", "quick"])
export type Lane = typeof Lane.Type

export const lanes: ReadonlyArray<Lane> = Lane.literals
