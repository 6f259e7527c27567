/**
 * Stops jobs at the worst moment of a step: its work is done, and its output cannot be kept. The worker tries to keep it
 * until it is killed.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { ageLeases } from "./ageLeases.ts"

/** Of the advisory locks by which a job says that it has come to its point. They outlive the refused statement. */
const REACHED = 4711

interface CrashPoint {
  /** What only this job's input says. */
  readonly tag: string
  readonly step: string
}

export const setCrashPoints = (points: ReadonlyArray<CrashPoint>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`CREATE TABLE crash_points (tag text, step text)`
    for (const { step, tag } of points) yield* sql`INSERT INTO crash_points VALUES (${tag}, ${step})`
    yield* sql.unsafe(`CREATE FUNCTION crash_here() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF EXISTS (SELECT FROM script_jobs j JOIN crash_points p ON j.input_payload::text LIKE '%' || p.tag || '%'
                   WHERE j.id = NEW.job_id AND p.step = NEW.name) THEN
          PERFORM pg_try_advisory_lock(${REACHED}, hashtext(NEW.job_id::text));
          RAISE EXCEPTION 'the worker is about to die';
        END IF;
        RETURN NEW;
      END $$`)
    yield* sql`CREATE TRIGGER crash_here BEFORE INSERT ON job_checkpoints FOR EACH ROW EXECUTE FUNCTION crash_here()`
  })

/** How many jobs have come to their point. */
export const reachedCount = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql`SELECT DISTINCT objid FROM pg_locks WHERE locktype = 'advisory' AND classid = ${REACHED}`
  return rows.length
})

/** After this nothing is stopped any more, and what the dead worker held may be claimed at once. */
export const letGo = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`DROP TRIGGER crash_here ON job_checkpoints`
  yield* ageLeases
})
