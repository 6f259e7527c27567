/** What front ends import: `import { createClient } from "callboard/client"`. */
export { CallboardError, type WrongValue } from "./client/CallboardError.ts"
export { type CallboardClient, createClient, type JobRequest } from "./client/createClient.ts"
export type { EventsOptions } from "./client/events.ts"
export type { FollowOptions } from "./client/follow.ts"
export type { Connection } from "./client/send.ts"
export * from "./client/wire.ts"
