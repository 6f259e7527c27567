/** What callers may ask for, as the API and the board offer it, with what is written down about who asked. */
import { Layer } from "effect"
import * as Ai from "./ai/aiLayer.ts"
import { layer as bulkJobs } from "./bulkJobs.ts"
import { type PromisedSenders, webhooks } from "./messages.ts"
import { auditedJobs, auditedLanes, auditedSchedules, auditedStops } from "./postgres/auditing.ts"
import { auditedNotes } from "./postgres/auditingAdmins.ts"
import { boardReports } from "./postgres/boardReports.ts"
import { tellingJobs } from "./postgres/OwnChanges.ts"
import { countingMinutes } from "./postgres/PgBoardOverview.ts"
import * as PgJobDetails from "./postgres/PgJobDetails.ts"
import * as PgJobEstimates from "./postgres/PgJobEstimates.ts"
import * as PgJobReports from "./postgres/PgJobReports.ts"
import * as PgJobRows from "./postgres/PgJobRows.ts"
import * as PgJobSchedules from "./postgres/PgJobSchedules.ts"
import * as PgJobStops from "./postgres/PgJobStops.ts"
import * as PgJobs from "./postgres/PgJobs.ts"
import * as PgLanes from "./postgres/PgLanes.ts"
import * as PgLiveView from "./postgres/PgLiveView.ts"
import * as PgStatistics from "./postgres/PgStatistics.ts"
import * as PgUploads from "./postgres/PgUploads.ts"
import * as PgWorkers from "./postgres/PgWorkers.ts"
import type { Settings } from "./Settings.ts"
import { watchedChanges, watchedCreation, watchedStops } from "./watchedJobs.ts"

const stored = Layer.provide(
  tellingJobs,
  Layer.provide(watchedChanges, Layer.provide(auditedJobs, Layer.provide(watchedCreation, PgJobs.layer)))
)

export const calls = (settings: Settings, senders: PromisedSenders) =>
  Layer.mergeAll(
    Layer.provideMerge(auditedNotes, boardReports),
    countingMinutes,
    bulkJobs,
    Layer.provide(auditedLanes, PgLanes.layer),
    webhooks(settings, senders),
    PgLiveView.layer,
    Layer.provide(auditedSchedules, PgJobSchedules.layer),
    PgJobReports.layer,
    PgStatistics.layer,
    Ai.layer(settings),
    PgJobRows.layer,
    PgUploads.layer,
    Layer.provide(auditedStops, Layer.provide(watchedStops, PgJobStops.layer)),
    PgJobDetails.layer,
    PgJobEstimates.layer,
    PgWorkers.layer
  ).pipe(Layer.provideMerge(stored))
