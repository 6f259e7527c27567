/** The text of `/metrics`: what was counted meanwhile, and what is looked up when somebody asks. */
import { Duration, Effect, Layer } from "effect"
import { PrometheusMetrics } from "effect/observability"
import { SqlClient } from "effect/sql"
import { JobTypes } from "../../domain/JobType.ts"
import { Metrics } from "../../domain/Metrics.ts"
import { NO_LABELS } from "../../domain/meters.ts"
import { giveUpAfter } from "../giveUpAfter.ts"
import { databaseIsAway, readQueue } from "../postgres/QueueMeters.ts"
import { makeShared } from "../postgres/sharedFor.ts"
import { browsersEnded, sessionsOpened } from "./browserMeters.ts"
import { ended, failures, leaseLosses, rescues, upkeepFailures } from "./jobMeters.ts"
import { webhookPosts } from "./outsideMeters.ts"
import { makeReadProcess, watchEventLoop } from "./processMeters.ts"

/** However many ask, and however often, the database is asked this seldom. */
const KEPT = Duration.seconds(5)

/** Scrapers give up after 10 s, and want to hear even then that the database is away. */
const LONGEST_LOOK = Duration.seconds(3)

/** What never happened is 0, because a rise from nothing is none that an alert could see. */
const startAtZero = Effect.all(
  [
    leaseLosses(NO_LABELS, 0),
    sessionsOpened(NO_LABELS, 0),
    ...["pending", "failed", "cancelled"].map((status) => rescues({ status }, 0)),
    ...["repair", "removal"].map((round) => upkeepFailures({ round }, 0)),
    ...["recycled", "killed", "crashed"].map((how) => browsersEnded({ how }, 0)),
    ...["delivered", "retry", "failed"].map((outcome) => webhookPosts({ outcome }, 0))
  ],
  { discard: true }
)

/** The codes that the alert about pages that have changed looks at. */
const CODES_OF_ALERT = ["ELEMENT_NOT_FOUND", "SCRIPT_DEFECT"]

/** Of the types that this process knows. */
const startTypesAtZero = Effect.flatMap(JobTypes, ({ all }) =>
  Effect.forEach(
    all,
    ({ lane, name: type }) =>
      Effect.all([
        ...["completed", "failed", "cancelled"].map((status) => ended({ type, lane, status }, 0)),
        ...CODES_OF_ALERT.map((code) => failures({ type, code }, 0))
      ]),
    { discard: true }
  )
)

const make = (role: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const readProcess = makeReadProcess(role)
    const look = readQueue.pipe(
      Effect.provideService(SqlClient.SqlClient, sql),
      giveUpAfter(LONGEST_LOOK),
      Effect.catchCause((cause) =>
        Effect.andThen(databaseIsAway, Effect.logDebug("metrics of the queue could not be read", cause))
      )
    )
    const lookSometimes = makeShared<void, never>(KEPT)("queue", look)
    yield* startAtZero
    yield* startTypesAtZero
    return Metrics.of({
      text: Effect.andThen(Effect.all([lookSometimes, readProcess], { discard: true }), PrometheusMetrics.format())
    })
  })

export const layer = (role: string) => Layer.merge(Layer.effect(Metrics, make(role)), watchEventLoop)
