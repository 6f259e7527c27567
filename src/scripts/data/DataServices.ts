/** What data scripts work with. */
import { Effect, Option } from "effect"
import type { Artifacts } from "../../domain/Artifacts.ts"
import { type Caller, CurrentCaller } from "../../domain/Caller.ts"
import { CurrentJob } from "../../domain/CurrentJob.ts"
import type { JobRows } from "../../domain/JobRows.ts"
import type { Jobs } from "../../domain/Jobs.ts"
import type { JobTypes } from "../../domain/JobType.ts"
import type { Uploads } from "../../domain/Uploads.ts"

export interface DataServices {
  readonly jobs: typeof Jobs.Service
  readonly types: typeof JobTypes.Service
  readonly rows: typeof JobRows.Service
  readonly artifacts: typeof Artifacts.Service
  readonly uploads: typeof Uploads.Service
}

/** They come later: what stores jobs needs to know all job types first. */
export type LaterServices = Effect.Effect<DataServices>

/** The job that runs, and its creator, for whom it works. */
export const runningJob = ({ jobs }: Pick<DataServices, "jobs">) =>
  Effect.gen(function* () {
    const running = yield* CurrentJob
    if (Option.isNone(running)) return yield* Effect.die(new Error("This works inside of a job only."))
    const { createdBy, id, organisationId } = yield* jobs.get(running.value.id)
    const subject = createdBy ?? "callboard"
    const caller: Caller = { via: "job", subject, name: subject, role: "member", organisationId }
    return {
      id,
      createdBy,
      organisationId,
      attempt: running.value.attempt,
      asCreator: Effect.provideService(CurrentCaller, Option.some(caller))
    }
  })
