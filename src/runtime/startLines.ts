/** What the first and the last line of a process say: how it is set up, without anything that opens a door. */
import { Duration, Effect, Layer, Redacted } from "effect"
import { VERSION } from "../domain/Version.ts"
import { lanesOf, placesOf } from "./execution.ts"
import type { Settings } from "./Settings.ts"

/** Neither user nor password, nor what follows the path: a query may hold either. */
const placeOf = (url: string) => {
  const { host, pathname } = new URL(url)
  return `${host}${pathname}`
}

const databaseOf = ({ databaseUrl }: Settings) =>
  databaseUrl === undefined ? "embedded" : placeOf(Redacted.value(databaseUrl))

const startFacts = (settings: Settings) => ({
  version: VERSION,
  role: settings.role,
  database: databaseOf(settings),
  dataDirectory: settings.dataDirectory,
  ...(settings.role !== "web" && {
    lanes: placesOf(lanesOf(settings)),
    browser: settings.browserEndpoint === undefined ? "local" : "remote"
  }),
  artifacts: settings.artifactsUrl === undefined ? "data directory" : "bucket",
  lease: Duration.format(settings.lease),
  shutdownGrace: Duration.format(settings.shutdownGrace),
  retention: Duration.format(settings.retention),
  ...(settings.portalUrl !== undefined && { portal: new URL(settings.portalUrl).host }),
  ...(settings.aiModel !== undefined && { aiModel: settings.aiModel }),
  drainDelay: Duration.format(settings.drainDelay),
  traces: settings.otlpEndpoint === undefined ? "off" : new URL(settings.otlpEndpoint).host,
  mail: settings.smtpUrl === undefined ? "off" : "on",
  logLevel: settings.logLevel
})

/** Around everything else. */
export const layer = (settings: Settings) =>
  Layer.effectDiscard(
    Effect.acquireRelease(Effect.logInfo("starting").pipe(Effect.annotateLogs(startFacts(settings))), () =>
      Effect.logInfo("stopped")
    )
  )
