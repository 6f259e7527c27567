/**
 * One worker process of the harness: the layers of src/main.ts without the web and the browser, so that it starts in no
 * time and nothing but the queue is tried.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Duration, Effect, Layer, Redacted } from "effect"
import { Artifacts } from "../src/domain/Artifacts.ts"
import { JobTypes } from "../src/domain/JobType.ts"
import { BrowserSessions } from "../src/runtime/browser/BrowserSessions.ts"
import { Evidence } from "../src/runtime/browser/Evidence.ts"
import { DataDirectory } from "../src/runtime/DataDirectory.ts"
import { placesOf } from "../src/runtime/execution.ts"
import * as ProcessLog from "../src/runtime/ProcessLog.ts"
import { WorkerState } from "../src/runtime/ProcessReadiness.ts"
import * as PgDatabase from "../src/runtime/postgres/PgDatabase.ts"
import * as PgJobChanges from "../src/runtime/postgres/PgJobChanges.ts"
import * as PgJobPrompts from "../src/runtime/postgres/PgJobPrompts.ts"
import * as PgJobQueue from "../src/runtime/postgres/PgJobQueue.ts"
import * as PgJobSchedules from "../src/runtime/postgres/PgJobSchedules.ts"
import * as PgJobs from "../src/runtime/postgres/PgJobs.ts"
import * as PgUpkeep from "../src/runtime/postgres/PgUpkeep.ts"
import { RunningJobs } from "../src/runtime/RunningJobs.ts"
import { SecretBox } from "../src/runtime/SecretBox.ts"
import * as StrayErrors from "../src/runtime/StrayErrors.ts"
import { ThisWorker } from "../src/runtime/ThisWorker.ts"
import { teardown } from "../src/runtime/teardown.ts"
import * as Worker from "../src/runtime/Worker.ts"
import { chaosTypes } from "./jobTypes.ts"
import { CHAOS_KEY, LANES, LEASE } from "./settings.ts"

const [directory = "", url = ""] = process.argv.slice(2)

const queue = Layer.unwrap(
  Effect.map(ThisWorker, (worker) =>
    Layer.mergeAll(
      PgJobQueue.layer({ worker, places: placesOf(LANES), leaseTime: LEASE }),
      PgJobPrompts.layer,
      PgUpkeep.layer(worker)
    ).pipe(Layer.provide(PgDatabase.workerClient))
  )
)

const noBrowser = Layer.succeed(BrowserSessions, {
  open: Effect.die(new Error("The harness has no browser.")),
  inUse: Effect.succeed(0),
  peak: Effect.succeed(0)
})

const noFiles = Layer.mock(Artifacts, { sweep: Effect.succeed(0) })

const application = Worker.layer({
  lanes: ["default", "quick"],
  shutdownGrace: Duration.seconds(2),
  retention: Duration.days(30)
}).pipe(
  Layer.provideMerge(PgJobSchedules.layer.pipe(Layer.provide(PgJobs.layer))),
  Layer.provideMerge(
    Layer.mergeAll(queue, PgJobChanges.layer, RunningJobs.layer(LEASE, LANES), noBrowser, noFiles, Evidence.layerNone)
  ),
  Layer.provideMerge(
    Layer.mergeAll(
      Layer.succeed(JobTypes, JobTypes.from(chaosTypes(directory))),
      SecretBox.layer(CHAOS_KEY),
      WorkerState.layer
    )
  ),
  Layer.provideMerge(PgDatabase.layer({ url: Redacted.make(url) })),
  Layer.provideMerge(Layer.merge(StrayErrors.layer, ThisWorker.layer(false))),
  Layer.provideMerge(DataDirectory.layer({ path: directory, exclusive: false }))
)

NodeRuntime.runMain(Layer.launch(application).pipe(Effect.provide(ProcessLog.layer("info"))), { teardown })
