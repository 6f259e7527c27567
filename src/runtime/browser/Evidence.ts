/**
 * What a browser session records of itself: at the end of each step a picture, the page in words, its address, console
 * and failed requests; of a failed attempt also a trace. None of it can fail a job, and each part has little time.
 */
import { Cause, Context, Duration, Effect, Exit, FiberSet, Layer, type Scope, Semaphore } from "effect"
import type { Page } from "playwright"
import { Artifacts } from "../../domain/Artifacts.ts"
import type { Claim } from "../../domain/JobQueue.ts"
import { otherWindowOf, StepEvidences } from "../../domain/StepEvidence.ts"
import { StepSnapshots } from "../../domain/StepSnapshots.ts"
import type { TraceMode } from "../browserSettings.ts"
import { giveUpAfter } from "../giveUpAfter.ts"
import type { StepWatch } from "../JobSteps.ts"
import { makeKeptMasker } from "../Masker.ts"
import type { StopSignal } from "../StopSignal.ts"
import type { OpenSession } from "./BrowserSeat.ts"
import { loadPlaywright } from "./Chromium.ts"
import { explainFailure } from "./explainFailure.ts"
import { lookAt, registerEngine } from "./PageLook.ts"
import { collectNews } from "./PageNews.ts"
import { artifactName, type EndedStep, makeStoreLook } from "./storeLook.ts"
import { recordTrace } from "./TraceRecorder.ts"

/** What evidence may hold up. Tests on a busy machine give it more. */
export interface Patience {
  /** The script waits while its page is looked at. A look at a page that answers takes some tenths of a second. */
  readonly look: Duration.Duration
  /** A session that is cancelled has to be gone at once. */
  readonly discard: Duration.Duration
  /** All that is left to keep at the end. A worker that takes a minute for it is taken for one that is stuck. */
  readonly end: Duration.Duration
}

const PATIENCE: Patience = { look: Duration.seconds(4), discard: Duration.millis(200), end: Duration.seconds(30) }

/** Of what the pages load, before they are looked at. */
const LONGEST_STOP = Duration.seconds(1)

/** Of the pages, before a trace is kept. */
const LONGEST_CLOSE = Duration.seconds(1)

/** Writing what was seen goes on beside the script. */
const LONGEST_KEEP = Duration.seconds(15)

const NO_NEWS = { console: [], requests: [] }

export interface WatchedAttempt {
  readonly session: OpenSession
  readonly claim: Claim
  /** All that must not be seen; it may grow while the attempt runs. */
  readonly secrets: () => ReadonlyArray<string>
  /** The step that has not ended yet. */
  readonly openStep: () => { readonly name: string; readonly number: number } | undefined
  /** Says whether and why the attempt is being stopped from outside. */
  readonly signal: Pick<StopSignal, "reason" | "urgent">
}

/** Errors of ours that have no words tell of what caused them. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return "no reason given"
  return error.message === "" ? reasonOf(error.cause) : error.message.split("\n", 1)[0]!
}

const make = (traceMode: TraceMode, patience: Patience) =>
  Effect.gen(function* () {
    const artifacts = yield* Artifacts
    const evidences = yield* StepEvidences
    const snapshots = yield* StepSnapshots

    const watch = Effect.fnUntraced(function* (attempt: WatchedAttempt) {
      const { claim, openStep, session, signal } = attempt
      const number = claim.lease.attempt
      /** What the pages were seen to hold in secret fields. */
      const typed = new Set<string>()
      const secrets = () => [...new Set([...attempt.secrets(), ...typed])]
      const maskerOf = makeKeptMasker()
      const mask = () => maskerOf(secrets())
      const keeping = yield* FiberSet.make<void>()
      // The strip is in the order in which its pictures are stored.
      const inTurn = Semaphore.makeUnsafe(1)
      const storeLook = makeStoreLook({ artifacts, evidences }, claim)

      /** A message may quote what Playwright was asked for, and that may be a secret. */
      const logged = (what: string) =>
        Effect.catchCause((cause: Cause.Cause<unknown>) => {
          return Effect.logWarning(`${what}: ${mask()(reasonOf(Cause.squash(cause)))}`).pipe(
            Effect.annotateLogs({ jobId: claim.jobId, attempt: number })
          )
        })

      const { selectors } = yield* loadPlaywright
      yield* Effect.tryPromise(() => registerEngine(selectors)).pipe(logged("pictures cannot be masked"))
      const news = collectNews(session.context, mask)
      const trace = traceMode === "never" ? undefined : yield* recordTrace(session, patience.discard)

      const look = (page: Page) =>
        Effect.tryPromise(() => lookAt(page, secrets(), Duration.toMillis(patience.look) / 2, maskerOf)).pipe(
          giveUpAfter(patience.look),
          Effect.tap((seen) =>
            Effect.sync(() => {
              for (const text of seen?.typed ?? []) typed.add(text)
            })
          ),
          Effect.catchCause(() => Effect.succeed(undefined))
        )

      const keep = (kept: Effect.Effect<unknown, unknown>) =>
        FiberSet.run(
          keeping,
          kept.pipe(
            giveUpAfter(LONGEST_KEEP),
            inTurn.withPermits(1),
            Effect.asVoid,
            logged("what the browser showed could not be kept")
          )
        )

      /** The newest window that the session opened besides its own page. */
      const otherWindow = () => session.context.pages().findLast((page) => page !== session.page)
      const shown = () => (session.page.isClosed() ? (otherWindow() ?? session.page) : session.page)

      const snapshotOf = (step: string) => ({ organisationId: claim.organisationId, jobType: claim.jobType, step })

      const completed: StepWatch["completed"] = (name, stepNumber) =>
        Effect.gen(function* () {
          const seen = yield* look(shown())
          const keepWords = seen?.words === undefined ? Effect.void : snapshots.keep(snapshotOf(name), seen.words)
          const step: EndedStep = { name, number: stepNumber, outcome: "completed" }
          yield* keep(Effect.andThen(storeLook(step, seen, news.take()), keepWords))
        })

      /** What the failure can be compared by: nothing where nobody knows in which window it happened. */
      const recordFailure = (name: string, stepNumber: number) =>
        Effect.gen(function* () {
          const step: EndedStep = { name, number: stepNumber, outcome: "failed" }
          const page = shown()
          const seen = yield* look(page)
          const other = otherWindow()
          const isAlone = other === undefined || other === page
          const beside = isAlone ? undefined : yield* look(other)
          yield* keep(storeLook(step, seen, news.take()))
          if (beside) yield* keep(storeLook({ ...step, name: otherWindowOf(name) }, beside, NO_NEWS))
          return isAlone ? seen?.words : undefined
        })

      const failed: StepWatch["failed"] = (name, stepNumber, cause) =>
        Effect.flatMap(recordFailure(name, stepNumber), (words) =>
          explainFailure(snapshots, snapshotOf(name), words, cause)
        )

      const keepTrace = trace
        ? trace.keep(secrets, (content) =>
            artifacts.put(
              {
                jobId: claim.id,
                name: artifactName(claim, "trace.zip"),
                kind: "trace",
                contentType: "application/zip",
                attempt: number
              },
              content
            )
          )
        : Effect.void

      const discard = trace?.discard ?? Effect.void

      /** Nobody can interrupt a promise: what the script had under way would go on in the page while the trace is kept. */
      const closePages = Effect.tryPromise(() => Promise.all(session.context.pages().map((page) => page.close()))).pipe(
        giveUpAfter(LONGEST_CLOSE),
        Effect.ignore
      )

      /** Playwright asks a page nothing while it waits for the next one. The page that is there is the one that hung. */
      const stopLoading = Effect.tryPromise(() =>
        Promise.all(
          session.context.pages().map(async (page) => {
            const devTools = await session.context.newCDPSession(page)
            await devTools.send("Page.stopLoading")
            await devTools.detach()
          })
        )
      ).pipe(giveUpAfter(LONGEST_STOP), Effect.ignore)

      const keepRest = (exit: Exit.Exit<unknown, unknown>) =>
        Effect.gen(function* () {
          if (signal.reason === "timeout") {
            const step = openStep()
            if (step) yield* Effect.andThen(stopLoading, recordFailure(step.name, step.number))
            yield* closePages
          }
          const isKept = traceMode === "always" || Exit.isFailure(exit)
          // Playwright holds on to a trace that nobody stops, even when its page is gone.
          yield* isKept ? keepTrace.pipe(logged("no trace was kept")) : discard
          yield* FiberSet.awaitEmpty(keeping).pipe(giveUpAfter(LONGEST_KEEP), Effect.ignore)
        }).pipe(giveUpAfter(patience.end), logged("not all could be kept in time"))

      // A stop from outside has to be quick, also one that comes while the rest is kept, and says nothing about the script,
      // unless its time was up.
      const atEnd = (exit: Exit.Exit<unknown, unknown>) =>
        signal.reason === undefined || signal.reason === "timeout"
          ? Effect.raceFirst(keepRest(exit), Effect.andThen(signal.urgent, discard))
          : discard
      yield* Effect.addFinalizer(atEnd)

      return { completed, failed } satisfies StepWatch
    })

    return Evidence.of({ watch })
  })

export class Evidence extends Context.Service<
  Evidence,
  {
    /** Looks on until the scope ends; call it in the scope of the session, after that was opened. */
    readonly watch: (attempt: WatchedAttempt) => Effect.Effect<StepWatch, never, Scope.Scope>
  }
>()("callboard/runtime/Evidence") {
  static readonly layer = (traceMode: TraceMode, patience = PATIENCE) =>
    Layer.effect(Evidence, make(traceMode, patience))

  /** Sees nothing. */
  static readonly layerNone = Layer.succeed(Evidence, {
    watch: () =>
      Effect.succeed({ completed: () => Effect.void, failed: (_step, _number, cause) => Effect.succeed(cause) })
  })
}
