import { expect, test } from "bun:test"
import { Schema } from "effect"
import type { ContractsOf } from "../../src/callboard.ts"
import type * as wire from "../../src/client/wire.ts"
import { createClient } from "../../src/client.ts"
import type { Artifact } from "../../src/domain/Artifacts.ts"
import type { LogLine, StepRun } from "../../src/domain/Attempt.ts"
import type { Job } from "../../src/domain/Job.ts"
import type { CreateJob } from "../../src/domain/Jobs.ts"
import { defineJobType } from "../../src/domain/JobType.ts"
import type { JobStatusView } from "../../src/http/api/JobStatusView.ts"
import type { JobTypeView } from "../../src/http/api/JobTypeView.ts"

/** Fails to compile unless what the server sends fits what the client says. */
const fits = <Said>() => ({ from: <Sent extends Said>(sent?: Sent) => sent === undefined })

/** Each property of one is a property of the other. */
const complete = <Said, Sent>(missing: Exclude<keyof Sent, keyof Said> extends never ? true : never) => missing

test("describes what the server sends", () => {
  expect([
    fits<wire.Job>().from<typeof Job.Encoded>(),
    fits<wire.JobStatusView>().from<typeof JobStatusView.Encoded>(),
    fits<wire.Artifact>().from<typeof Artifact.Encoded>(),
    fits<wire.StepRun>().from<typeof StepRun.Encoded>(),
    fits<wire.LogLine>().from<typeof LogLine.Encoded>(),
    fits<wire.JobType>().from<typeof JobTypeView.Encoded>(),
    complete<wire.Job, typeof Job.Encoded>(true),
    complete<wire.JobStatusView, typeof JobStatusView.Encoded>(true),
    complete<wire.CreateOptions & { jobType: string; input: unknown }, typeof CreateJob.Encoded>(true)
  ]).not.toContain(false)
})

const bake = defineJobType({
  name: "bake",
  title: "Bake",
  description: "Bakes.",
  lane: "default",
  input: Schema.Struct({ loaves: Schema.Int }),
  result: Schema.Struct({ weight: Schema.Number }),
  steps: [],
  example: { loaves: 2 },
  run: () => ({}) as never
})
const jobTypes = [bake]

test("knows input and result of a team's own job types", () => {
  const client = createClient<ContractsOf<typeof jobTypes>>()
  // Never called; what matters is what compiles.
  const uses = [
    () => client.create("bake", { loaves: 2 }),
    // @ts-expect-error no such job type
    () => client.create("brew", { loaves: 2 }),
    // @ts-expect-error wrong input
    () => client.create("bake", { loaves: "two" }),
    async () => ((await client.waitFor<"bake">("id")).result?.weight ?? 0) + 1,
    () => client.batch([{ jobType: "bake", input: { loaves: 1 }, priority: 3 }]),
    // @ts-expect-error wrong input
    () => client.batch([{ jobType: "bake", input: {} }])
  ]

  expect(uses).toHaveLength(6)
  expect(bake.name).toBe("bake")
})
