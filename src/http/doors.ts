/** The port of a process before there is more to serve, and of one that never has more. */
import { Effect, Layer } from "effect"
import type { Metrics } from "../domain/Metrics.ts"
import { isLocal } from "../domain/Reach.ts"
import type { Readiness } from "../domain/Readiness.ts"
import { makeProbesApp, makeStartingApp } from "./app.ts"
import { FrontDoor } from "./FrontDoor.ts"
import { HttpClosing } from "./HttpClosing.ts"
import { type MetricsOptions, metricsOfWorker } from "./metricsRoute.ts"
import { makeRunWith } from "./Run.ts"

interface Address {
  readonly host: string
  readonly port: number
}

export const frontDoor = ({ host, port }: Address) =>
  Layer.unwrap(
    Effect.map(makeRunWith<never>(), (run) => {
      const app = makeStartingApp(run)
      return FrontDoor.layer({ host, port, early: (request) => app.fetch(request) })
    })
  )

interface Watched {
  readonly host: string
  readonly metricsToken: MetricsOptions["token"]
}

/** Of a process that only runs jobs: whether it lives and works. */
export const probes = ({ host, metricsToken: token }: Watched) =>
  Layer.unwrap(
    Effect.map(makeRunWith<Readiness | Metrics>(), (run) => {
      const app = makeProbesApp(run, metricsOfWorker({ run, token, local: isLocal({ bound: host }) }))
      return FrontDoor.serving((request) => app.fetch(request))
    })
  ).pipe(Layer.provide(HttpClosing.layer))
