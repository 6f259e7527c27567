import { expect } from "bun:test"
import { Clock, Deferred, Effect, Layer } from "effect"
import { Hono } from "hono"
import { JobReports } from "../../src/domain/JobReports.ts"
import { Metrics } from "../../src/domain/Metrics.ts"
import { FrontDoor } from "../../src/http/FrontDoor.ts"
import { web } from "../../src/http/web.ts"
import { it } from "../support/effect.ts"
import { makeFakes } from "./fakes.ts"

const settings = {
  ...{
    host: "127.0.0.1",
    publicUrl: undefined,
    corsOrigins: undefined,
    metricsToken: undefined,
    otlpEndpoint: undefined
  },
  ...{ rateLimit: 60, changeRateLimit: 60, addressRateLimit: 60, trustedProxies: 0 }
}

const guest = { path: "/practice", app: new Hono(), hasOwnDoor: () => Effect.void }

/** Nobody comes in. */
const door = Layer.succeed(FrontDoor, {
  open: () => Effect.succeed({ url: new URL("http://127.0.0.1:3000"), port: 3000, requestedPort: 3000 })
})

it.live("visits the board before anybody has asked for it, and keeps nothing of that for readers", () =>
  Effect.gen(function* () {
    const { services } = yield* makeFakes
    const startedAt = yield* Clock.currentTimeMillis
    const readAt = yield* Deferred.make<number>()
    const reports = Layer.mock(JobReports, {
      list: () =>
        Effect.as(
          Effect.flatMap(Clock.currentTimeMillis, (now) => Deferred.succeed(readAt, now)),
          { jobs: [] }
        )
    })

    yield* Layer.build(web(settings, guest)).pipe(
      Effect.provide([reports, door, Layer.succeed(Metrics, { text: Effect.succeed("") })]),
      Effect.provideContext(services)
    )

    // What is kept for a while is kept from when it was read, and that was long ago.
    expect(yield* Deferred.await(readAt)).toBeLessThan(startedAt)
  })
)
