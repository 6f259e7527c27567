/** One attempt in a real browser whose evidence is kept, for tests of what is kept. */
import { readdirSync } from "node:fs"
import { Context, Duration, Effect, Exit, Layer, Scope } from "effect"
import { Artifacts, ArtifactsUnavailable } from "../../src/domain/Artifacts.ts"
import { JobId, ReadableJobId } from "../../src/domain/JobId.ts"
import type { Claim } from "../../src/domain/JobQueue.ts"
import { LeaseToken } from "../../src/domain/Lease.ts"
import { StepEvidences } from "../../src/domain/StepEvidence.ts"
import { StepSnapshots } from "../../src/domain/StepSnapshots.ts"
import type { OpenSession } from "../../src/runtime/browser/BrowserSeat.ts"
import { BrowserSessions } from "../../src/runtime/browser/BrowserSessions.ts"
import { Evidence } from "../../src/runtime/browser/Evidence.ts"
import type { TraceMode } from "../../src/runtime/browserSettings.ts"
import { StopSignal } from "../../src/runtime/StopSignal.ts"
import { insertJob } from "../runtime/postgres/asMember.ts"
import { testChromium } from "./TestChromium.ts"

export const PASSWORD = `p&ss "w<rd" 'x'/y`

const claimOf = (id: JobId): Claim => ({
  lease: { jobId: id, token: LeaseToken.make(crypto.randomUUID()), attempt: 1 },
  id,
  jobId: ReadableJobId.make("JOB_20260101_000000_00000000"),
  jobType: "idle",
  organisationId: "north",
  input: {},
  retryCount: 0,
  maxRetries: 0,
  timeout: Duration.minutes(1),
  checkpoints: new Map()
})

/** Comparisons that were asked for, and one sentence for all of them. */
const makeSnapshots = () => {
  const kept: Array<string> = []
  const layer = Layer.succeed(StepSnapshots, {
    keep: ({ organisationId, jobType, step }, words) =>
      Effect.sync(() => {
        kept.push(`${organisationId}/${jobType}/${step}: ${words}`)
      }),
    explain: (_, words) => Effect.succeed(words.includes("Welcome") ? 'button "Save" is gone' : undefined)
  })
  return { kept, layer }
}

export interface Attempt {
  readonly session: OpenSession
  readonly watch: Effect.Success<ReturnType<typeof Evidence.Service.watch>>
}

interface Ending {
  readonly trace?: TraceMode
  /** As that of a running attempt; nothing stops it unless the test does. */
  readonly signal?: StopSignal
  readonly exit?: Exit.Exit<unknown, unknown>
  readonly isBetweenSteps?: boolean
  /** Nothing can be stored: that fails, or never ends. */
  readonly broken?: "fails" | "hangs"
  /** What is left to keep at the end may take as long. */
  readonly end?: Duration.Duration
}

const broken = new ArtifactsUnavailable({ operation: "put", cause: new Error("disk full") })

const brokenStores = {
  fails: Layer.merge(
    Layer.mock(Artifacts, { put: () => Effect.fail(broken) }),
    Layer.mock(StepEvidences, { keep: () => Effect.die(new Error("no such table")) })
  ),
  hangs: Layer.merge(Layer.mock(Artifacts, { put: () => Effect.never }), Layer.mock(StepEvidences, {}))
}

/** The machine may be busy with other tests. */
const PATIENCE = { look: Duration.seconds(40), discard: Duration.seconds(20) }

export const FAILED = Exit.fail("the script failed")

/** What it left is read once its session is closed. */
export const attempt = (
  work: (attempt: Attempt) => Effect.Effect<unknown, unknown, Scope.Scope>,
  ending: Ending = {}
) =>
  Effect.gen(function* () {
    const { end = Duration.minutes(1), exit = FAILED, signal = new StopSignal(), trace = "failure" } = ending
    const snapshots = makeSnapshots()
    const id = JobId.make(yield* insertJob({ status: "completed" }))
    const worker = { name: crypto.randomUUID(), bootId: crypto.randomUUID() }
    const services = yield* Layer.build(
      Layer.merge(
        BrowserSessions.layer({ sessions: 1, worker, chromium: testChromium }),
        Evidence.layer(trace, { ...PATIENCE, end }).pipe(
          Layer.provide(ending.broken ? Layer.merge(snapshots.layer, brokenStores[ending.broken]) : snapshots.layer)
        )
      )
    )
    const scope = yield* Scope.make()
    const session = yield* Context.get(services, BrowserSessions).open.pipe(Scope.provide(scope))
    const watch = yield* Context.get(services, Evidence)
      .watch({
        session,
        claim: claimOf(id),
        secrets: () => [PASSWORD],
        openStep: () => (ending.isBetweenSteps ? undefined : { name: "second", number: 2 }),
        signal
      })
      .pipe(Scope.provide(scope))
    yield* work({ session, watch })
    yield* Scope.close(scope, exit)
    const files = yield* (yield* Artifacts).list(id)
    const steps = yield* (yield* StepEvidences).list(id)
    return { id, files, steps, kept: snapshots.kept, rawTraces: readdirSync(session.rawTraces) }
  }).pipe(Effect.scoped)
