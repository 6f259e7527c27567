/** A worker on the test clock, on a queue in memory. */
import { expect } from "bun:test"
import { Context, Duration, Effect, Exit, Layer, Redacted, Scope } from "effect"
import { Artifacts } from "../../src/domain/Artifacts.ts"
import { JobQueue } from "../../src/domain/JobQueue.ts"
import { JobSchedules } from "../../src/domain/JobSchedules.ts"
import type { JobType } from "../../src/domain/JobType.ts"
import type { OpenSession } from "../../src/runtime/browser/BrowserSeat.ts"
import { BrowserSessions } from "../../src/runtime/browser/BrowserSessions.ts"
import { Evidence } from "../../src/runtime/browser/Evidence.ts"
import { HandOver } from "../../src/runtime/HandOver.ts"
import { WorkerState } from "../../src/runtime/ProcessReadiness.ts"
import { RunningJobs } from "../../src/runtime/RunningJobs.ts"
import { SecretBox } from "../../src/runtime/SecretBox.ts"
import { ThisWorker } from "../../src/runtime/ThisWorker.ts"
import * as Worker from "../../src/runtime/Worker.ts"
import * as Memory from "./MemoryQueue.ts"
import { typesLayer } from "./scripts.ts"

const secretBox = SecretBox.layer(Redacted.make(Buffer.alloc(32, 7).toString("base64")))
/** Enough of a session for scripts that never touch their page. */
const noPage = { use: () => Effect.die(new Error("no page in this test")) }
const noSchedules = Layer.mock(JobSchedules, { fireDue: Effect.succeed(0), bringForward: Effect.succeed(0) })

const thisWorker = Layer.succeed(ThisWorker, { name: "worker-a", bootId: "boot-1" })

export interface Surroundings {
  /** What closing a session of the browser waits for. */
  readonly closing?: Effect.Effect<unknown>
  readonly sweep?: Effect.Effect<number>
  /** Fails when the browser of a job goes away. */
  readonly untilGone?: OpenSession["untilGone"]
}

/** A worker on the test clock with 2 places per lane, and the queue it works on. `stop` drains it. */
export const startWorker = (...types: ReadonlyArray<JobType>) => startWorkerIn({}, ...types)

export const startWorkerIn = (surroundings: Surroundings, ...types: ReadonlyArray<JobType>) =>
  Effect.gen(function* () {
    const { closing = Effect.void, sweep = Effect.succeed(0), untilGone = Effect.never } = surroundings
    const session = { ...noPage, untilGone } as unknown as OpenSession
    const browsers = Layer.succeed(BrowserSessions, {
      open: Effect.acquireRelease(Effect.succeed(session), () => closing),
      inUse: Effect.succeed(0),
      peak: Effect.succeed(0)
    })
    const scope = yield* Scope.make()
    const worker = Worker.layer({
      lanes: ["default", "browser", "quick"],
      shutdownGrace: Duration.seconds(20),
      retention: Duration.days(30)
    })
    const layer = worker.pipe(
      Layer.provideMerge(
        RunningJobs.layer(Duration.seconds(30), {
          default: { places: 2, prefetch: 0 },
          browser: { places: 2, prefetch: 0 },
          quick: { places: 2, prefetch: 4 }
        })
      ),
      Layer.provideMerge(
        Layer.mergeAll(
          Layer.mock(Artifacts, { sweep }),
          noSchedules,
          Memory.layer,
          typesLayer(...types),
          secretBox,
          browsers,
          Evidence.layerNone,
          thisWorker,
          WorkerState.layer,
          HandOver.layer
        )
      )
    )
    const context = yield* Layer.build(layer).pipe(Scope.provide(scope))
    yield* Effect.addFinalizer(() => Scope.close(scope, Exit.void))
    return {
      queue: Context.get(context, Memory.MemoryQueue),
      jobQueue: Context.get(context, JobQueue),
      handOver: Context.get(context, HandOver),
      running: Context.get(context, RunningJobs),
      box: Context.get(context, SecretBox),
      state: Context.get(context, WorkerState),
      stop: Scope.close(scope, Exit.void)
    }
  })

/** Lets every fiber run until the fact holds; time stands still meanwhile. */
export const until = (fact: () => boolean) =>
  Effect.yieldNow.pipe(
    Effect.repeat({ until: fact, times: 5_000 }),
    Effect.andThen(Effect.sync(() => expect(fact()).toBe(true)))
  )
