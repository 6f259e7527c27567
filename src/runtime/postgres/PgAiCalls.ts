import { Effect, Layer, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import { AiCalls, AiOutcome, type AiStepUse, type EndedAiCall, type NewAiCall } from "../../domain/AiCalls.ts"
import type { JobRef } from "../../domain/JobId.ts"
import { forCallers, makeCallers } from "./asCaller.ts"
import { answered } from "./callFailures.ts"
import { makeJobIds } from "./jobIds.ts"

const MOST_LISTED = 200

const CallRow = Schema.Struct({
  id: Schema.String,
  attempt: Schema.Int,
  step: Schema.NullOr(Schema.String),
  model: Schema.String,
  outcome: AiOutcome,
  askedAt: Schema.DateTimeUtcFromDate,
  durationMs: Schema.NullOr(Schema.Int),
  inputTokens: Schema.Int,
  outputTokens: Schema.Int,
  costUsd: Schema.Finite,
  problem: Schema.NullOr(Schema.String),
  prompt: Schema.String,
  answer: Schema.NullOr(Schema.String)
})

const StepRow = Schema.Struct({
  step: Schema.NullOr(Schema.String),
  calls: Schema.Int,
  inputTokens: Schema.Int,
  outputTokens: Schema.Int,
  costUsd: Schema.Finite
})

const sumOf = (steps: ReadonlyArray<AiStepUse>, key: "calls" | "inputTokens" | "outputTokens" | "costUsd") =>
  steps.reduce((sum, step) => sum + step[key], 0)

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const idOf = yield* makeJobIds

  const begin = (call: NewAiCall) =>
    sql<{ begun: boolean }>`
      SELECT begin_ai_call(
        ${call.id}::uuid, ${call.jobId}::uuid, ${call.attempt}, ${call.step ?? null}::text, ${call.model}::text,
        ${call.mostMicros}::float8::bigint, ${call.budgetMicros}::float8::bigint, ${call.prompt}::text
      ) AS begun`.pipe(
      Effect.map((rows) => rows[0]?.begun === true),
      answered("aiCall")
    )

  const end = (id: string, call: EndedAiCall) =>
    sql`
      UPDATE ai_calls SET outcome = ${call.outcome}, duration_ms = ${call.durationMs},
        input_tokens = ${call.inputTokens ?? null}::integer, output_tokens = ${call.outputTokens ?? null}::integer,
        cost_micros = coalesce(${call.costMicros ?? null}::float8::bigint, cost_micros),
        problem = ${call.problem ?? null}::text, answer = ${call.answer ?? null}::text
      WHERE id = ${id}::uuid`.pipe(answered("aiCall"), Effect.asVoid)

  const listed = SqlSchema.findAll({
    Request: Schema.String,
    Result: CallRow,
    execute: (id) => sql`
      SELECT id, attempt, step, model, outcome, asked_at, duration_ms, coalesce(input_tokens, 0) AS input_tokens,
        coalesce(output_tokens, 0) AS output_tokens, cost_micros / 1e6::float8 AS cost_usd, problem, prompt, answer
      FROM ai_calls WHERE job_id = ${id}::uuid ORDER BY ai_calls.id DESC LIMIT ${MOST_LISTED}`
  })

  const summed = SqlSchema.findAll({
    Request: Schema.String,
    Result: StepRow,
    execute: (id) => sql`
      SELECT step, count(*)::int AS calls, coalesce(sum(input_tokens), 0)::int AS input_tokens,
        coalesce(sum(output_tokens), 0)::int AS output_tokens, sum(cost_micros) / 1e6::float8 AS cost_usd
      FROM ai_calls WHERE job_id = ${id}::uuid GROUP BY step ORDER BY min(asked_at) LIMIT ${MOST_LISTED}`
  })

  const list = Effect.fn("AiCalls.list")(function* (ref: JobRef) {
    const rows = yield* listed(yield* idOf(ref)).pipe(answered("aiCalls"))
    return rows.toReversed().map(({ answer, durationMs, problem, step, ...row }) => ({
      ...row,
      ...(step !== null && { step }),
      ...(durationMs !== null && { durationMs }),
      ...(problem !== null && { problem }),
      ...(answer !== null && { answer })
    }))
  })

  const use = Effect.fn("AiCalls.use")(function* (ref: JobRef) {
    const rows = yield* summed(yield* idOf(ref)).pipe(answered("aiCalls"))
    const steps = rows.map(({ step, ...row }) => ({ ...row, ...(step !== null && { step }) }))
    return {
      calls: sumOf(steps, "calls"),
      inputTokens: sumOf(steps, "inputTokens"),
      outputTokens: sumOf(steps, "outputTokens"),
      costUsd: sumOf(steps, "costUsd"),
      steps
    }
  })

  return AiCalls.of(forCallers(yield* makeCallers, { begin, end, list, use }, ["begin", "end"]))
})

export const layer = Layer.effect(AiCalls, make)
