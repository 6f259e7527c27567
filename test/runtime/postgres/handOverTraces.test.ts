import { expect } from "bun:test"
import { Deferred, Duration, Effect, References } from "effect"
import { Jobs } from "../../../src/domain/Jobs.ts"
import { HandOver } from "../../../src/runtime/HandOver.ts"
import { makeClaim } from "../../../src/runtime/postgres/claimJobs.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { claimRowOf } from "./builders.ts"

const inDatabase = databaseTests(idle)

for (const isTraced of [true, false]) {
  inDatabase(
    `${isTraced ? "hands over" : "leaves out"} the trace of a job where traces are ${isTraced ? "" : "not "}made`,
    Effect.gen(function* () {
      const { create } = yield* Jobs
      const { job } = yield* create({ jobType: "idle", input: {} })
      const traceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
      const offered = yield* Deferred.make<Parameters<typeof HandOver.Service.offer>[0]>()
      const listening = HandOver.of({
        ...(yield* HandOver),
        offer: (terms) => Deferred.doneUnsafe(offered, Effect.succeed(terms))
      })
      const worker = { name: "worker-b", bootId: Bun.randomUUIDv7() }
      yield* makeClaim({ worker, leaseTime: Duration.seconds(30), places: {} }, ["idle"]).pipe(
        Effect.provideService(References.TracerEnabled, isTraced),
        Effect.provideService(HandOver, listening)
      )
      const termsOf = yield* Deferred.await(offered)

      const [claimed] = termsOf("default", 1).claimsOf([{ ...claimRowOf(job), trace_parent: traceParent }])

      expect(claimed?.traceParent).toBe(isTraced ? traceParent : undefined)
    })
  )
}
