import { expect } from "bun:test"
import { Arbitrary, Effect, Schema } from "effect"
import { Job } from "../../../src/domain/Job.ts"
import { JobStatusView } from "../../../src/http/api/JobStatusView.ts"
import { jobsJson } from "../../../src/http/api/jobsJson.ts"
import { it } from "../../support/effect.ts"

const Answer = Schema.Struct({ data: Schema.Union([Schema.Array(Job), JobStatusView]) })

it.effect("says of any job what its schema says", () =>
  Effect.gen(function* () {
    const encode = Schema.encodeUnknownEffect(Answer)
    const jobs = yield* Arbitrary.sampleEffect(Arbitrary.schema(Job), { count: 200 })
    const views = yield* Arbitrary.sampleEffect(Arbitrary.schema(JobStatusView), { count: 50 })

    for (const data of [jobs, ...views]) {
      const { body } = jobsJson({ data })
      const said: unknown = JSON.parse(new TextDecoder().decode(body._tag === "Uint8Array" ? body.body : undefined))
      expect(said).toEqual(JSON.parse(JSON.stringify(yield* encode({ data }))))
    }
  })
)
