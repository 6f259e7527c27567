/** Where the process's own log lines go: readable on a terminal, one JSON object per line elsewhere. */
import { Layer, Logger, References } from "effect"
import type { Settings } from "./Settings.ts"

const levels = { debug: "Debug", info: "Info", warn: "Warn", error: "Error" } as const

export const layer = (level: Settings["logLevel"]) =>
  Layer.mergeAll(
    Logger.layer([process.stdout.isTTY ? Logger.consolePretty() : Logger.consoleJson]),
    Layer.succeed(References.MinimumLogLevel, levels[level])
  )
