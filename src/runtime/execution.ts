/** The layers of a process that runs jobs, joined as its settings say. */
import { join } from "node:path"
import { Effect, Layer, Redacted } from "effect"
import { type Lane, lanes } from "../domain/Lane.ts"
import { ByteStore } from "./artifacts/ByteStore.ts"
import * as FileBytes from "./artifacts/FileBytes.ts"
import * as S3Bytes from "./artifacts/S3Bytes.ts"
import { parseEndpoint } from "./browser/BrowserEndpoint.ts"
import { BrowserSessions } from "./browser/BrowserSessions.ts"
import { findChromium } from "./browser/Chromium.ts"
import { Evidence } from "./browser/Evidence.ts"
import * as CommandProcesses from "./CommandProcesses.ts"
import { DataDirectory } from "./DataDirectory.ts"
import * as estimateRounds from "./estimateRounds.ts"
import type { LaneSize } from "./LanePlaces.ts"
import * as LiveSessions from "./LiveSessions.ts"
import { type PromisedSenders, telling } from "./messages.ts"
import { tellingQueue } from "./postgres/OwnChanges.ts"
import * as PgArtifacts from "./postgres/PgArtifacts.ts"
import * as PgDatabase from "./postgres/PgDatabase.ts"
import * as PgJobPrompts from "./postgres/PgJobPrompts.ts"
import * as PgJobQueue from "./postgres/PgJobQueue.ts"
import * as PgLivePictures from "./postgres/PgLivePictures.ts"
import * as PgStepEvidence from "./postgres/PgStepEvidence.ts"
import * as PgStepSnapshots from "./postgres/PgStepSnapshots.ts"
import * as PgUpkeep from "./postgres/PgUpkeep.ts"
import { RunningJobs } from "./RunningJobs.ts"
import type { Settings } from "./Settings.ts"
import { ThisWorker } from "./ThisWorker.ts"
import * as Worker from "./Worker.ts"

/** Webhooks and mails wait for others most of their time. */
const OWN_PLACES = 16

/** How much of each lane runs at once in this process. */
export const lanesOf = (settings: Settings) => ({
  browser: { places: settings.browserSessions, prefetch: 0 },
  default: { places: settings.defaultConcurrency, prefetch: 0 },
  quick: { places: settings.quickConcurrency, prefetch: settings.quickPrefetch },
  system: { places: OWN_PLACES, prefetch: 0 }
})

/** As a worker describes itself to people and to others: so many run at once, whatever is claimed ahead. */
export const placesOf = (lanes: Readonly<Partial<Record<Lane, LaneSize>>>) =>
  Object.fromEntries(Object.entries(lanes).map(([lane, { places }]) => [lane, places])) as Partial<Record<Lane, number>>

/** Queue and janitor, on connections of their own. `lanes` are those that this process works on. */
export const queue = (settings: Settings, lanes: Readonly<Partial<Record<Lane, LaneSize>>>) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const worker = yield* ThisWorker
      const { id: store } = yield* ByteStore
      const places = placesOf(lanes)
      return Layer.mergeAll(
        Layer.provide(tellingQueue, PgJobQueue.layer({ worker, places, store, leaseTime: settings.lease })),
        PgJobPrompts.layer,
        PgUpkeep.layer(worker)
      ).pipe(Layer.provide(PgDatabase.workerClient))
    })
  )

/** Files of jobs, in a bucket or in the data folder, and what the browser showed. */
export const artifacts = ({ artifactsUrl }: Settings) => {
  const bytes =
    artifactsUrl === undefined
      ? Layer.unwrap(Effect.map(DataDirectory, ({ path }) => FileBytes.layer(join(path, "artifacts"))))
      : S3Bytes.layer(artifactsUrl)
  return Layer.merge(Layer.provideMerge(PgArtifacts.layer, bytes), PgStepEvidence.layer)
}

/** What runs jobs, but for the loops that claim them. */
export const execution = (settings: Settings) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { path } = yield* DataDirectory
      const worker = yield* ThisWorker
      const { browserEndpoint, browserMemory, browserSessions: sessions, chromium: configured } = settings
      const chromium = findChromium({ dataDirectory: path, ...(configured !== undefined && { configured }) })
      const endpoint = browserEndpoint && parseEndpoint(Redacted.value(browserEndpoint))
      // A browser that was named has to be there; without one, only browser jobs cannot run.
      if (configured !== undefined && endpoint === undefined) yield* chromium
      return Layer.mergeAll(
        BrowserSessions.layer({ sessions, worker, chromium, endpoint, mostMemory: browserMemory * 1_024 ** 2 }),
        Layer.provide(Evidence.layer(settings.trace), PgStepSnapshots.layer),
        Layer.provide(LiveSessions.layer, PgLivePictures.layer),
        CommandProcesses.layer(worker),
        RunningJobs.layer(settings.lease, lanesOf(settings))
      )
    })
  )

/** The loops that claim jobs, and what a worker does besides. */
export const working = (settings: Settings, senders: PromisedSenders) => {
  const { retention, shutdownGrace } = settings
  return Layer.mergeAll(
    Worker.layer({ lanes, shutdownGrace, retention }),
    telling(settings, senders),
    estimateRounds.layer
  )
}
