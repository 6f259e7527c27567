import { expect } from "bun:test"
import { Arbitrary, DateTime, Effect, Schema } from "effect"
import { Job } from "../../../src/domain/Job.ts"
import { JobTypes } from "../../../src/domain/JobType.ts"
import { JobStatusView, toStatusView } from "../../../src/http/api/JobStatusView.ts"
import { jobsJson } from "../../../src/http/api/jobsJson.ts"
import { JobRow, jobOf } from "../../../src/runtime/postgres/JobRow.ts"
import { it } from "../../support/effect.ts"
import { idle } from "../../support/scripts.ts"

const Answer = Schema.Struct({ data: Schema.Union([Schema.Array(Job), JobStatusView]) })

type Data = typeof Answer.Type.data

const said = (data: Data): unknown => {
  const { body } = jobsJson({ data })
  return JSON.parse(new TextDecoder().decode(body._tag === "Uint8Array" ? body.body : undefined))
}

const encode = Schema.encodeUnknownEffect(Answer)
const encoded = (data: Data) => Effect.map(encode({ data }), (answer): unknown => JSON.parse(JSON.stringify(answer)))

it.effect("says of any job what its schema says", () =>
  Effect.gen(function* () {
    const jobs = yield* Arbitrary.sampleEffect(Arbitrary.schema(Job), { count: 200 })
    const views = yield* Arbitrary.sampleEffect(Arbitrary.schema(JobStatusView), { count: 50 })

    for (const data of [jobs, ...views]) expect(said(data)).toEqual(yield* encoded(data))
  })
)

it.effect("says of any row what the schema of a job says, and nothing besides", () =>
  Effect.gen(function* () {
    const now = DateTime.makeUnsafe("2026-11-22T12:00:00Z")
    const types = JobTypes.from([idle])
    const rows = yield* Arbitrary.sampleEffect(Arbitrary.schema(JobRow), { count: 200 })
    const samples = yield* Arbitrary.sampleEffect(Arbitrary.schema(Job), { count: 200 })

    const jobs = rows.map((row, at) =>
      jobOf(
        // No run takes a million years.
        { ...row, startedAt: row.startedAt && now, completedAt: row.completedAt && now },
        {
          types,
          waitingFor: samples[at]?.waitingFor ?? [],
          prompt: samples[at]?.prompt,
          etaMs: at % 2 || undefined,
          now
        }
      )
    )

    for (const data of [jobs, ...jobs.slice(0, 50).map((job) => toStatusView(job, now))]) {
      expect(said(data)).toEqual(yield* encoded(data))
    }
  })
)
