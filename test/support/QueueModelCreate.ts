/** Creates the same jobs in the queue and in its model. Ids are known by the order of creation. */
import { expect } from "bun:test"
import { DateTime, Effect, Result } from "effect"
import type { JobId } from "../../src/domain/JobId.ts"
import type { CreateJob, Jobs } from "../../src/domain/Jobs.ts"
import type { Command, NewJob } from "./QueueCommands.ts"
import type { QueueModel } from "./QueueModel.ts"

export const makeCreation = (jobs: typeof Jobs.Service, model: QueueModel) => {
  const ids: Array<JobId> = []
  const indexOf = (id: JobId) => ids.indexOf(id)

  /** A job depends on jobs of its own organisation only. */
  const needsOf = (spec: NewJob) => {
    const all = model.present.filter(({ organisation }) => organisation === spec.organisation)
    return [...new Set(spec.needs.flatMap((need) => all[need % all.length]?.index ?? []))]
  }

  const requestOf = (spec: NewJob, needs: ReadonlyArray<string>, now: DateTime.Utc): CreateJob => {
    const later = (seconds: number) => DateTime.add(now, { seconds })
    return {
      jobType: spec.type,
      input: {},
      priority: spec.priority,
      dependsOn: needs,
      ...(spec.startInSeconds !== undefined && { runAt: later(spec.startInSeconds) }),
      ...(spec.expireInSeconds !== undefined && { expiresAt: later(spec.expireInSeconds) }),
      ...(spec.concurrencyKey !== undefined && { concurrencyKey: spec.concurrencyKey }),
      ...(spec.dedupeKey !== undefined && { dedupeKey: spec.dedupeKey }),
      ...(spec.onFailure !== undefined && { onDependencyFailure: spec.onFailure })
    }
  }

  const create = (job: NewJob) =>
    Effect.gen(function* () {
      const needs = needsOf(job)
      const request = requestOf(
        job,
        needs.map((need) => ids[need]!),
        yield* DateTime.now
      )
      const made = yield* jobs.create(request, { createdBy: job.organisation })
      const live = model.liveWithKey(job.dedupeKey)
      if (live === undefined) {
        ids.push(made.job.id)
        model.create([{ job, needs }])
      }
      expect({ job: indexOf(made.job.id), deduplicated: made.deduplicated }).toEqual({
        job: live === undefined ? ids.length - 1 : live.index,
        deduplicated: live !== undefined
      })
    })

  const createBatch = (command: Extract<Command, { do: "createBatch" }>) =>
    Effect.gen(function* () {
      const first = model.jobs.length
      const [{ organisation }] = command.jobs as [NewJob]
      const specs = command.jobs.map((job, place) => ({
        job: { ...job, organisation, dedupeKey: organisation === "default" ? job.dedupeKey : undefined } as NewJob,
        outside: needsOf({ ...job, organisation }),
        peers: job.peers.filter((peer) =>
          command.backwards ? peer > place && peer < command.jobs.length : peer < place
        )
      }))
      const now = yield* DateTime.now
      const requests = specs.map(({ job, outside, peers }, place) => ({
        ...requestOf(job, [...outside.map((need) => ids[need]!), ...peers.map((peer) => `peer ${peer}`)], now),
        clientRef: `peer ${place}`
      }))
      const result = yield* Effect.result(jobs.createBatch(requests, { createdBy: organisation }))

      const keys = specs.flatMap(({ job }) => job.dedupeKey ?? [])
      if (new Set(keys).size < keys.length || keys.some((key) => model.liveWithKey(key) !== undefined)) {
        expect(Result.isFailure(result) && result.failure._tag).toBe("BatchRefused")
        return
      }
      const made = Result.getOrThrow(result)
      ids.push(...made.jobs.map(({ id }) => id))
      model.create(
        specs.map(({ job, outside, peers }) => ({ job, needs: [...outside, ...peers.map((peer) => first + peer)] }))
      )
    })

  return { create, createBatch, ids, indexOf }
}
