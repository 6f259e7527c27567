import { expect, test } from "bun:test"
import { createClient, createJobHooks, JobsProvider } from "./pages/callboard.ts"

interface Team {
  readonly bake: { readonly input: { readonly loaves: number }; readonly result: { readonly weight: number } }
}

const { useCreateJob, useJobStatus } = createJobHooks<Team>()

test("knows input and result of a team's own job types", () => {
  // Never called; what matters is what compiles.
  const uses = [
    () => useCreateJob("bake").create({ loaves: 2 }, { priority: 3 }),
    // @ts-expect-error no such job type
    () => useCreateJob("brew"),
    // @ts-expect-error wrong input
    () => useCreateJob("bake").create({ loaves: "two" }),
    () => (useCreateJob("bake", { onComplete: ({ result }) => result?.weight }).result?.weight ?? 0) + 1,
    () => (useJobStatus<"bake">("id").result?.weight ?? 0) + 1,
    // A client of a team's own types fits the provider.
    () => JobsProvider({ client: createClient<Team>() })
  ]

  expect(uses).toHaveLength(6)
})
