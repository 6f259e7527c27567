/** Where it is told what a script does with other jobs. */
import { expect } from "bun:test"
import { Context, Effect, Layer, Logger, References } from "effect"
import { Jobs } from "../../src/domain/Jobs.ts"
import { watchedChanges, watchedCreation } from "../../src/runtime/watchedJobs.ts"
import { makeBulkImport } from "../../src/scripts/data/BulkImport.ts"
import { dataTests, startJob } from "../scripts/data/dataServices.ts"

const inDatabase = dataTests()

const watched = Layer.build(Layer.provide(watchedChanges, watchedCreation)).pipe(
  Effect.map((context) => Context.get(context, Jobs))
)

inDatabase(
  "tells the log of the process what a script makes and changes, and not that of its job",
  Effect.gen(function* () {
    const told: Array<unknown> = []
    const ofProcess = Logger.make<unknown, void>(({ fiber }) => {
      const { event, person } = fiber.getRef(References.CurrentLogAnnotations)
      told.push(person === undefined ? event : "an annotation of the script")
    })
    const ofScript: Array<unknown> = []
    const inScript = new Set([Logger.make<unknown, void>(({ message }) => ofScript.push(message))])
    const jobs = yield* Effect.provideService(watched, Logger.CurrentLoggers, new Set([ofProcess]))
    const text = "name,price\nRisotto,12\nTea,2\nSoup,5\n"
    const job = yield* startJob(makeBulkImport, { jobType: "dish", text }).pipe(Effect.provideService(Jobs, jobs))
    told.length = 0

    expect(yield* job.run).toMatchObject({ status: "completed", result: { created: 3 } })
    yield* Effect.gen(function* () {
      const { job: single } = yield* jobs.create({ jobType: "dish", input: { name: "Pie", price: 1 } })
      yield* jobs.cancel(single.id)
      yield* jobs.retry(single.id, {})
      yield* jobs.applyToMany("cancel", { jobType: "dish" }, { until: single.id, most: 10 })
      yield* jobs.remove(single.id)
    }).pipe(Effect.annotateLogs({ person: "Ada" }), Effect.provideService(Logger.CurrentLoggers, inScript))

    expect(told).toEqual(["created", "created", "created", "created", "cancelled", "retried", "cancel", "removed"])
    expect([job.log, ofScript]).toEqual([[], []])
  }).pipe(Effect.scoped)
)
