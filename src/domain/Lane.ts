/** A class of work with its own bounded concurrency per process. */
import { Schema } from "effect"

export const Lane = Schema.Literals(["browser", "default"])
export type Lane = typeof Lane.Type

export const lanes: ReadonlyArray<Lane> = Lane.literals
