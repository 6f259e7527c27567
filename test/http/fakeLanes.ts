/** Lanes in memory: nothing runs in them, but they can be paused. */
import { DateTime, Effect } from "effect"
import { UnknownJobType } from "../../src/domain/JobType.ts"
import { type Lane, lanes } from "../../src/domain/Lane.ts"
import { type LaneReport, Lanes, type Pause, type PauseRequest } from "../../src/domain/Lanes.ts"
import { CREATED_AT } from "./builders.ts"

export const fakeLanes = (types: ReadonlyArray<string>) => {
  const pausedLanes = new Map<Lane, Pause>()
  const pausedTypes = new Map<string, Pause>()
  const pause = (request: PauseRequest): Pause => ({ since: DateTime.makeUnsafe(CREATED_AT), ...request })
  const report = (lane: Lane): LaneReport => {
    const paused = pausedLanes.get(lane)
    return { lane, capacity: 2, running: 1, ready: 0, scheduled: 0, blocked: 0, ...(paused && { paused }) }
  }
  const onType = (jobType: string, change: () => unknown) =>
    Effect.suspend(() =>
      types.includes(jobType)
        ? Effect.asVoid(Effect.sync(change))
        : Effect.fail(new UnknownJobType({ jobType, known: types }))
    )
  return Lanes.of({
    list: Effect.sync(() => lanes.map(report)),
    pause: (lane, request) =>
      Effect.sync(() => pausedLanes.set(lane, pause(request))).pipe(Effect.map(() => report(lane))),
    resume: (lane) => Effect.sync(() => pausedLanes.delete(lane)).pipe(Effect.map(() => report(lane))),
    pauseType: (jobType, request) => onType(jobType, () => pausedTypes.set(jobType, pause(request))),
    resumeType: (jobType) => onType(jobType, () => pausedTypes.delete(jobType)),
    pausedTypes: Effect.sync(() => pausedTypes)
  })
}
