/** What the log says when the database or a store is away: little, because every request fails then. */
import { Cause, Effect, Predicate } from "effect"
import type { ArtifactsUnavailable } from "../domain/Artifacts.ts"
import { ClocksDiffer } from "../domain/ClocksDiffer.ts"
import type { JobsUnavailable } from "../domain/Jobs.ts"
import { monotonicMs } from "../domain/monotonicMs.ts"

const unavailableThings = { JobsUnavailable: "jobs", ArtifactsUnavailable: "files of jobs" }

/** In an outage every request fails with the same words, and there may be hundreds in a second. */
const QUIET_MS = 5_000

/** When each operation was last said to be unavailable, and how often it was since. Operations are names in the code. */
const said = new Map<string, { readonly atMs: number; leftOut: number }>()

/** What the server, the network or the clock says: where in the code that arrived helps nobody. */
const isFromOutside = (cause: unknown): cause is Error =>
  cause instanceof Error &&
  (Cause.isTimeoutError(cause) ||
    (Predicate.hasProperty(cause, "code") && typeof cause.code === "string") ||
    cause.message.startsWith("ConnectionError"))

export const sayUnavailable = Effect.fnUntraced(function* ({
  _tag,
  cause,
  operation
}: ArtifactsUnavailable | JobsUnavailable) {
  const line = `${unavailableThings[_tag]} are unavailable: ${operation}`
  const atMs = yield* monotonicMs
  const last = said.get(line)
  if (last !== undefined && atMs - last.atMs < QUIET_MS) {
    last.leftOut += 1
    return
  }
  said.set(line, { atMs, leftOut: 0 })
  const facts = { ...(last !== undefined && last.leftOut > 0 && { leftOut: last.leftOut }) }
  if (cause instanceof ClocksDiffer)
    return yield* Effect.annotateLogs(
      Effect.logError("no job can be created: the clock of this server or of its database is wrong"),
      { ...facts, reason: cause.message }
    )
  yield* isFromOutside(cause)
    ? Effect.annotateLogs(Effect.logWarning(line), { ...facts, reason: cause.message })
    : Effect.annotateLogs(Effect.logWarning(line, cause), facts)
})
