/** The browsers that this worker runs on its own machine, and the sweep that proves that no other is left. */
import { Duration, Effect } from "effect"
import type { JobError } from "../../domain/JobError.ts"
import type { WorkerIdentity } from "../../domain/Lease.ts"
import { markerOf } from "../ProcessSweep.ts"
import { type Swept, sweep } from "./BrowserSweep.ts"
import type { Chromium } from "./Chromium.ts"
import { startLocal } from "./LocalBrowser.ts"
import type { StartBrowser } from "./RunningBrowser.ts"

export interface LocalBrowsersOptions {
  readonly worker: WorkerIdentity
  readonly chromium: Effect.Effect<Chromium, JobError>
}

const SWEEP_EVERY = Duration.minutes(1)

const report = (message: string) => (swept: Swept) =>
  swept.processes + swept.folders === 0 ? Effect.void : Effect.annotateLogs(Effect.logWarning(message), { ...swept })

/** Sweeps at once, from time to time, and when the scope ends. */
export const makeLocalBrowsers = Effect.fnUntraced(function* ({ chromium, worker }: LocalBrowsersOptions) {
  const inUse = new Set<string>()
  const swept = sweep({ worker, inUse })
  yield* Effect.flatMap(swept, report("Removed browsers that a former run left"))
  yield* Effect.addFinalizer(() => {
    inUse.clear()
    return Effect.asVoid(swept)
  })
  yield* Effect.sleep(SWEEP_EVERY).pipe(
    Effect.andThen(swept),
    Effect.flatMap(report("Removed browsers that nobody uses")),
    Effect.catchCause((cause) => Effect.logWarning("Browsers could not be swept", cause)),
    Effect.forever,
    Effect.forkScoped
  )

  let launches = 0
  const start: StartBrowser = (options, onStart) =>
    Effect.flatMap(chromium, (found) =>
      Effect.suspend(() => {
        const mark = `${markerOf(worker)}/${++launches}`
        inUse.add(mark)
        return startLocal({ chromium: found, mark, onEnd: Effect.sync(() => inUse.delete(mark)) })(options, onStart)
      })
    )
  return start
})
