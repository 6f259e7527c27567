import { Effect, Option } from "effect"
import { CurrentCaller, may, mayCancel } from "../domain/Caller.ts"
import type { JobRef } from "../domain/JobId.ts"
import type { Jobs } from "../domain/Jobs.ts"
import { Forbidden } from "./api/identityProblems.ts"

/** Fails for a job that the caller may not cancel. What changes in between is refused by the database's policies. */
export const refuseOthersJobs = (jobs: Jobs["Service"], ref: JobRef) =>
  Effect.gen(function* () {
    const caller = yield* CurrentCaller
    if (Option.isNone(caller) || may(caller.value, "operate")) return
    if (mayCancel(caller.value, yield* jobs.get(ref))) return
    yield* new Forbidden({
      detail: "Members cancel their own jobs while they wait; operators and admins may do more."
    })
  })
