/** The worker's side of questions to people on PostgreSQL. Statements lock the job's row first, then what hangs on it. */
import { Duration, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import type { PromptId, PromptState } from "../../domain/JobPrompt.ts"
import { JobPrompts, type NewPrompt, type PromptNews } from "../../domain/JobPrompts.ts"
import type { Lease } from "../../domain/Lease.ts"
import { makeFence } from "./fence.ts"
import { refusedOrUnavailable, unavailable } from "./queueFailures.ts"

interface LookRow {
  readonly state: PromptState
  readonly answer: unknown
  readonly leftMs: number
}

/** One that is neither open nor answered while its lease is held can only have run out of time. */
const newsOf = ({ answer, leftMs, state }: LookRow): PromptNews => {
  if (state === "answered") return { _tag: "Answered", sealed: answer }
  return state === "open" && leftMs > 0 ? { _tag: "Open", left: Duration.millis(leftMs) } : { _tag: "TimedOut" }
}

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const { fenced, held } = makeFence(sql)
  const seconds = (duration: Duration.Duration) => sql`${Duration.toSeconds(duration)} * interval '1 second'`

  /** `mine` has the job's row. Sent twice, it writes once. */
  const insert = (lease: Lease, prompt: NewPrompt, state: "open" | "postponed") => sql`
    INSERT INTO job_prompts (
      id, job_id, attempt, lease_token, step, kind, label, hint, choices, times_asked, state, deadline
    )
    SELECT ${prompt.id}::uuid, mine.id, ${lease.attempt}, ${lease.token}::uuid, ${prompt.step ?? null}, ${prompt.kind},
      ${prompt.label}, ${prompt.hint ?? null}, ${prompt.choices ?? null}::text[],
      1 + (
        SELECT count(*) FROM job_prompts p
        WHERE p.job_id = mine.id AND p.label = ${prompt.label} AND p.step IS NOT DISTINCT FROM ${prompt.step ?? null}::text
          AND p.state <> 'postponed' AND p.id <> ${prompt.id}::uuid
      ),
      ${state}, now() + ${seconds(prompt.timeout)}
    FROM mine
    ON CONFLICT (id) DO NOTHING`

  const ask = (lease: Lease, prompt: NewPrompt) =>
    fenced(
      refusedOrUnavailable("ask"),
      lease,
      sql`
      WITH mine AS (
        SELECT id FROM script_jobs WHERE ${held(lease)} FOR NO KEY UPDATE
      ), asked AS (
        ${insert(lease, prompt, "open")} RETURNING job_id
      ), longer AS (
        UPDATE script_jobs j SET timeout_at = j.timeout_at + ${seconds(prompt.timeout)} FROM asked WHERE j.id = asked.job_id
        RETURNING j.id, j.timeout_at
      ), lease AS (
        UPDATE job_leases l SET timeout_at = longer.timeout_at, asked = true FROM longer WHERE l.id = longer.id
      )
      SELECT id FROM mine`
    )

  const look = (lease: Lease, id: PromptId) =>
    fenced(
      unavailable("look"),
      lease,
      sql<LookRow>`
      SELECT p.state, p.answer, ceil(extract(epoch FROM p.deadline - now()) * 1000)::float8 AS left_ms
      FROM script_jobs j JOIN job_prompts p ON p.job_id = j.id
      WHERE j.id = ${lease.jobId}::uuid AND j.lease_token = ${lease.token}::uuid AND p.id = ${id}::uuid`
    ).pipe(Effect.map(newsOf))

  const close = (lease: Lease, id: PromptId) =>
    fenced(
      unavailable("close"),
      lease,
      sql`
      WITH mine AS (
        SELECT id FROM script_jobs WHERE ${held(lease)} FOR NO KEY UPDATE
      ), closed AS (
        UPDATE job_prompts p SET answer = NULL, closed_at = now(),
          state = CASE WHEN p.state <> 'open' THEN p.state WHEN p.deadline <= now() THEN 'timed_out' ELSE 'closed' END
        FROM mine WHERE p.job_id = mine.id AND p.id = ${id}::uuid AND p.closed_at IS NULL
        RETURNING p.job_id, greatest(interval '0', p.deadline - now()) AS unused
      ), shorter AS (
        UPDATE script_jobs j SET timeout_at = j.timeout_at - closed.unused FROM closed WHERE j.id = closed.job_id
        RETURNING j.id, j.timeout_at
      ), lease AS (
        UPDATE job_leases l SET timeout_at = shorter.timeout_at FROM shorter WHERE l.id = shorter.id
      )
      SELECT id FROM mine`
    )

  // A job that is handed back keeps its `run_at`.
  const postpone = (lease: Lease, prompt: NewPrompt, delay: Duration.Duration) =>
    fenced(
      refusedOrUnavailable("postpone"),
      lease,
      sql`
      WITH mine AS (
        SELECT id FROM script_jobs WHERE ${held(lease)} FOR NO KEY UPDATE
      ), postponed AS (
        ${insert(lease, prompt, "postponed")} RETURNING job_id
      ), later AS (
        UPDATE script_jobs j SET run_at = now() + ${seconds(delay)} FROM postponed WHERE j.id = postponed.job_id
      ), lease AS (
        UPDATE job_leases l SET asked = true FROM postponed WHERE l.id = postponed.job_id
      )
      SELECT id FROM mine`
    )

  // One that is just being handed back still runs. One that started again since has another attempt.
  const startPostponed = (lane: string) => sql`
    WITH next AS (
      SELECT p.id, p.job_id FROM job_prompts p JOIN script_jobs j ON j.id = p.job_id AND j.attempt = p.attempt
      WHERE p.state = 'postponed' AND p.closed_at IS NULL AND j.status IN ('pending', 'in_progress') AND j.lane = ${lane} AND j.run_at > now()
      ORDER BY p.asked_at LIMIT 1
      FOR NO KEY UPDATE OF j SKIP LOCKED
    ), history AS (
      UPDATE job_prompts p SET closed_at = now() FROM next WHERE p.id = next.id
    )
    UPDATE script_jobs j SET run_at = now() FROM next WHERE j.id = next.job_id`

  return JobPrompts.of({
    ask: (lease, prompt) => Effect.asVoid(ask(lease, prompt)),
    look,
    close: (lease, id) => Effect.asVoid(close(lease, id)),
    postpone: (lease, prompt, delay) => Effect.asVoid(postpone(lease, prompt, delay)),
    startPostponed: (lane) => startPostponed(lane).pipe(Effect.mapError(unavailable("startPostponed")), Effect.asVoid)
  })
})

export const layer = Layer.effect(JobPrompts, make)
