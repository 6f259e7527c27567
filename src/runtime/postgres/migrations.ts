/** Applies the SQL files of `migrations/` at start: forward only, all pending ones in one transaction, under a lock. */
import { Effect } from "effect"
import { Migrator, SqlClient } from "effect/sql"
import scriptJobs from "../../../migrations/0001_script_jobs.sql" with { type: "text" }
import queue from "../../../migrations/0002_queue.sql" with { type: "text" }
import queueFunctions from "../../../migrations/0003_queue_functions.sql" with { type: "text" }
import schedules from "../../../migrations/0004_schedules.sql" with { type: "text" }
import views from "../../../migrations/0005_views.sql" with { type: "text" }
import rowLevelSecurity from "../../../migrations/0006_row_level_security.sql" with { type: "text" }
import fastPaths from "../../../migrations/0007_fast_paths.sql" with { type: "text" }
import artifacts from "../../../migrations/0008_artifacts.sql" with { type: "text" }
import prompts from "../../../migrations/0009_prompts.sql" with { type: "text" }
import pagesAndFrames from "../../../migrations/0010_pages_and_frames.sql" with { type: "text" }
import identity from "../../../migrations/0011_identity.sql" with { type: "text" }
import actingAsMembers from "../../../migrations/0012_acting_as_members.sql" with { type: "text" }
import streamsAndStatistics from "../../../migrations/0013_streams_and_statistics.sql" with { type: "text" }
import webhooks from "../../../migrations/0014_webhooks.sql" with { type: "text" }
import board from "../../../migrations/0016_board.sql" with { type: "text" }
import estimates from "../../../migrations/0017_estimates.sql" with { type: "text" }
import aiAndData from "../../../migrations/0018_ai_and_data.sql" with { type: "text" }
import ownJobs from "../../../migrations/0019_own_jobs.sql" with { type: "text" }
import keysOfSchedules from "../../../migrations/0020_keys_of_schedules.sql" with { type: "text" }
import readsInOne from "../../../migrations/0021_reads_in_one.sql" with { type: "text" }
import traces from "../../../migrations/0023_traces.sql" with { type: "text" }
import reasonsAtOnce from "../../../migrations/0024_reasons_at_once.sql" with { type: "text" }
import lastingKeys from "../../../migrations/0025_lasting_keys.sql" with { type: "text" }
import quickLists from "../../../migrations/0026_quick_lists.sql" with { type: "text" }
import boundedLooks from "../../../migrations/0027_bounded_looks.sql" with { type: "text" }
import leanCreates from "../../../migrations/0031_lean_creates.sql" with { type: "text" }
import claimWithCreate from "../../../migrations/0032_claim_with_create.sql" with { type: "text" }
import createsInOne from "../../../migrations/0034_creates_in_one.sql" with { type: "text" }
import retriesApart from "../../../migrations/0035_retries_apart.sql" with { type: "text" }
import witnessesAndBounds from "../../../migrations/0036_witnesses_and_bounds.sql" with { type: "text" }
import claimedAhead from "../../../migrations/0038_claimed_ahead.sql" with { type: "text" }
import keysAndEnds from "../../../migrations/0039_keys_and_ends.sql" with { type: "text" }
import ownFailures from "../../../migrations/0040_own_failures.sql" with { type: "text" }
import retriesAtTheirTime from "../../../migrations/0042_retries_at_their_time.sql" with { type: "text" }
import removedAndEnded from "../../../migrations/0045_removed_and_ended.sql" with { type: "text" }
import sessionsOfTokens from "../../../migrations/0047_sessions_of_tokens.sql" with { type: "text" }
import nothingLeftBehind from "../../../migrations/0049_nothing_left_behind.sql" with { type: "text" }
import boundedWaits from "../../../migrations/0050_bounded_waits.sql" with { type: "text" }
import triesOfWebhooks from "../../../migrations/0051_tries_of_webhooks.sql" with { type: "text" }
import oldestThatMayRun from "../../../migrations/0052_oldest_that_may_run.sql" with { type: "text" }
import oldestForCallers from "../../../migrations/0053_oldest_for_callers.sql" with { type: "text" }
import minutesAfterAJump from "../../../migrations/0054_minutes_after_a_jump.sql" with { type: "text" }
import { applyTolerantly } from "./tolerantly.ts"

const MARKER = /^-- next statement$/mu

/** The driver sends one statement per call. */
const statementsOf = (file: string) =>
  file
    .split(MARKER)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "")

const migration = (file: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    for (const statement of statementsOf(file)) yield* sql.unsafe(statement)
  })

export const MIGRATIONS_TABLE = "callboard_migrations"

const migrations = {
  "0001_script_jobs": migration(scriptJobs),
  "0002_queue": migration(queue),
  "0003_queue_functions": migration(queueFunctions),
  "0004_schedules": migration(schedules),
  "0005_views": migration(views),
  "0006_row_level_security": migration(rowLevelSecurity),
  "0007_fast_paths": migration(fastPaths),
  "0008_artifacts": migration(artifacts),
  "0009_prompts": migration(prompts),
  "0010_pages_and_frames": migration(pagesAndFrames),
  "0011_identity": migration(identity),
  "0012_acting_as_members": migration(actingAsMembers),
  "0013_streams_and_statistics": migration(streamsAndStatistics),
  "0014_webhooks": migration(webhooks),
  "0016_board": migration(board),
  "0017_estimates": migration(estimates),
  "0018_ai_and_data": migration(aiAndData),
  "0019_own_jobs": migration(ownJobs),
  "0020_keys_of_schedules": migration(keysOfSchedules),
  "0021_reads_in_one": migration(readsInOne),
  "0023_traces": migration(traces),
  "0024_reasons_at_once": migration(reasonsAtOnce),
  "0025_lasting_keys": migration(lastingKeys),
  "0026_quick_lists": migration(quickLists),
  "0027_bounded_looks": migration(boundedLooks),
  "0031_lean_creates": migration(leanCreates),
  "0032_claim_with_create": migration(claimWithCreate),
  "0034_creates_in_one": migration(createsInOne),
  "0035_retries_apart": migration(retriesApart),
  "0036_witnesses_and_bounds": migration(witnessesAndBounds),
  "0038_claimed_ahead": migration(claimedAhead),
  "0039_keys_and_ends": migration(keysAndEnds),
  "0040_own_failures": migration(ownFailures),
  "0042_retries_at_their_time": migration(retriesAtTheirTime),
  "0045_removed_and_ended": migration(removedAndEnded),
  "0047_sessions_of_tokens": migration(sessionsOfTokens),
  "0049_nothing_left_behind": migration(nothingLeftBehind),
  "0050_bounded_waits": migration(boundedWaits),
  "0051_tries_of_webhooks": migration(triesOfWebhooks),
  "0052_oldest_that_may_run": migration(oldestThatMayRun),
  "0053_oldest_for_callers": migration(oldestForCallers),
  "0054_minutes_after_a_jump": migration(minutesAfterAJump)
}

/** By number: `0001_script_jobs`. */
export const migrationNames: ReadonlyArray<string> = Object.keys(migrations)

/** Gives the number and name of each migration that was applied now. */
export const migrate = applyTolerantly({ loader: Migrator.fromRecord(migrations), table: MIGRATIONS_TABLE })
