/**
 * Where the process's own log lines go: readable on a terminal, one JSON object per line elsewhere. Personal data and
 * credentials go nowhere.
 */
import { inspect } from "node:util"
import { Cause, Layer, Logger, References } from "effect"
import { redact, redactJson } from "../domain/redact.ts"
import type { Settings } from "./Settings.ts"

const levels = { debug: "Debug", info: "Info", warn: "Warn", error: "Error" } as const

const asJson = Logger.map(Logger.formatJson, (line) => JSON.stringify(redactJson(JSON.parse(line))))

const textOf = (part: unknown): string => redact(typeof part === "string" ? part : inspect(part))

const forTerminals = () => {
  const pretty = Logger.consolePretty()
  return Logger.make<unknown, void>(({ cause, message, ...rest }) => {
    const parts = (Array.isArray(message) ? message : [message]).map(textOf)
    if (cause.reasons.length > 0) parts.push(redact(Cause.pretty(cause)))
    pretty.log({ ...rest, cause: Cause.empty, message: parts })
  })
}

export const loggerFor = (isTerminal: boolean): Logger.Logger<unknown, void> =>
  isTerminal ? forTerminals() : Logger.withConsoleLog(asJson)

export const layer = (level: Settings["logLevel"]) =>
  Layer.mergeAll(
    Logger.layer([loggerFor(process.stdout.isTTY)]),
    Layer.succeed(References.MinimumLogLevel, levels[level])
  )
