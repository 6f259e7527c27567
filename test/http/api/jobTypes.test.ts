import { expect } from "bun:test"
import { Context, Effect } from "effect"
import { JobTypes, unusableJobType } from "../../../src/domain/JobType.ts"
import { makeApiHandler } from "../../../src/http/api/ApiHandler.ts"
import { toProblem } from "../../../src/http/errorResponse.ts"
import { it } from "../../support/effect.ts"
import { servedLocally } from "../asLocal.ts"
import { readAnswer, toRequest } from "../calls.ts"
import { makeFakes } from "../fakes.ts"

it.effect("lists a job type with a fault as not available, with the reason", () =>
  Effect.gen(function* () {
    const fakes = yield* makeFakes
    const { all } = Context.get(fakes.services, JobTypes)
    const faulty = ["import-menu", "greet"].map((name) =>
      unusableJobType({ name, title: "Import" }, new Error("jobs.ts:3:1: its lane must be one of: browser."))
    )
    const services = Context.add(fakes.services, JobTypes, JobTypes.from([...all, ...faulty]))
    const handler = servedLocally(yield* makeApiHandler.pipe(Effect.provideContext(services)))

    const answer = yield* readAnswer(yield* Effect.promise(() => handler(toRequest("GET", "/api/jobs/types"))))

    expect(answer.json).toMatchObject({
      data: [
        { name: "greet", available: true },
        {
          name: "import-menu",
          title: "Import",
          available: false,
          unavailableReason: "jobs.ts:3:1: its lane must be one of: browser.",
          steps: []
        }
      ]
    })
    expect(answer.json).not.toHaveProperty("data[2]")
  })
)

const examples: ReadonlyArray<readonly [string, () => unknown]> = [
  [
    "throws",
    () => {
      throw new Error("no menu there")
    }
  ],
  ["is no JSON", () => ({ at: 1n })],
  ["is missing", () => undefined]
]

for (const [what, example] of examples) {
  it.effect(`lists the other job types when the example of one ${what}`, () =>
    Effect.gen(function* () {
      const fakes = yield* makeFakes
      const { all } = Context.get(fakes.services, JobTypes)
      const [good] = all
      const services = Context.add(
        fakes.services,
        JobTypes,
        JobTypes.from([{ ...good!, name: "odd", example }, ...all])
      )
      const handler = servedLocally(yield* makeApiHandler.pipe(Effect.provideContext(services)))

      const answer = yield* readAnswer(yield* Effect.promise(() => handler(toRequest("GET", "/api/jobs/types"))))

      expect(answer.json).toMatchObject({
        data: [
          { name: "odd", available: false, unavailableReason: expect.stringContaining("example") },
          { name: "greet", available: true }
        ]
      })
    })
  )
}

it.effect("says why no job of such a type is made", () =>
  Effect.gen(function* () {
    const reason = "jobs.ts:3:1: its lane must be one of: browser."
    const types = JobTypes.from([unusableJobType({ name: "import-menu" }, new Error(reason))])

    const problem = toProblem(yield* Effect.flip(types.named("import-menu")))

    expect(problem).toMatchObject({
      code: "UNKNOWN_JOB_TYPE",
      detail: `The job type "import-menu" is not available: ${reason}`
    })
  })
)
