/** What the browser showed at each step, in PostgreSQL. */
import { Effect, Layer, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import { ArtifactName } from "../../domain/Artifacts.ts"
import type { JobId } from "../../domain/JobId.ts"
import {
  ConsoleLine,
  FailedRequest,
  type NewStepEvidence,
  type StepEvidence,
  StepEvidences
} from "../../domain/StepEvidence.ts"
import { forCallers, makeCallers } from "./asCaller.ts"
import { answered } from "./callFailures.ts"

const EvidenceRow = Schema.Struct({
  attempt: Schema.Int,
  step: Schema.String,
  outcome: Schema.Literals(["completed", "failed"]),
  at: Schema.DateTimeUtcFromDate,
  url: Schema.NullOr(Schema.String),
  title: Schema.NullOr(Schema.String),
  picture: Schema.NullOr(ArtifactName),
  page: Schema.NullOr(ArtifactName),
  console: Schema.Array(ConsoleLine),
  requests: Schema.Array(FailedRequest)
})

const evidenceOf = ({ page, picture, title, url, ...row }: typeof EvidenceRow.Type): StepEvidence => ({
  ...row,
  ...(url !== null && { url }),
  ...(title !== null && { title }),
  ...(picture !== null && { picture }),
  ...(page !== null && { page })
})

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const keep = Effect.fn("StepEvidences.keep")(function* (id: JobId, evidence: NewStepEvidence) {
    const {
      attempt,
      console,
      outcome,
      page = null,
      picture = null,
      requests,
      step,
      title = null,
      url = null
    } = evidence
    yield* sql`
      WITH kept AS (
        INSERT INTO job_evidence (job_id, attempt, step, outcome, url, title, picture, page, console, requests)
        SELECT id, ${attempt}, ${step}, ${outcome}, ${url}::text, ${title}::text, ${picture}::text, ${page}::text,
          ${JSON.stringify(console)}::text::jsonb, ${JSON.stringify(requests)}::text::jsonb
        FROM script_jobs WHERE id = ${id}::uuid AND attempt <= ${attempt}
        ON CONFLICT (job_id, attempt, step) DO UPDATE SET
          outcome = EXCLUDED.outcome, url = EXCLUDED.url, title = EXCLUDED.title, picture = EXCLUDED.picture,
          page = EXCLUDED.page, console = EXCLUDED.console, requests = EXCLUDED.requests, at = now()
        RETURNING job_id
      )
      SELECT notify_of_jobs(jsonb_build_array(jsonb_build_array(j.id, j.revision, j.lane, NULL)), NULL, NULL)
      FROM kept JOIN script_jobs j ON j.id = kept.job_id`.pipe(answered("evidence"))
  })

  const rowsOf = SqlSchema.findAll({
    Request: Schema.String,
    Result: EvidenceRow,
    execute: (id) => sql`
      SELECT attempt, step, outcome, at, url, title, picture, page, console, requests FROM job_evidence
      WHERE job_id = ${id}::uuid ORDER BY attempt DESC, at DESC LIMIT 500`
  })

  const list = Effect.fn("StepEvidences.list")(function* (id: JobId) {
    const rows = yield* rowsOf(id).pipe(answered("evidence"))
    return rows.map(evidenceOf).toReversed()
  })

  return StepEvidences.of(forCallers(yield* makeCallers, { keep, list }, ["keep"]))
})

export const layer = Layer.effect(StepEvidences, make)
