/**
 * Where the process's own log lines go: readable on a terminal, one JSON object per line elsewhere. Personal data and
 * credentials go nowhere.
 */
import { inspect } from "node:util"
import { Cause, Context, Effect, type Fiber, Formatter, Layer, Logger, Option, References, Tracer } from "effect"
import { redact, redactJson } from "../domain/redact.ts"
import { traceParentOf } from "../domain/TraceParent.ts"
import type { Settings } from "./Settings.ts"
import { ThisWorker } from "./ThisWorker.ts"

const levels = { debug: "Debug", info: "Info", warn: "Warn", error: "Error" } as const

/** What a line says of itself; facts of the same name are put behind it, so that no fact passes for one of these. */
const OWN = ["timestamp", "level", "message", "facts", "cause"]

const factsOf = (annotations: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(annotations).map(([name, value]) => [OWN.includes(name) ? `${name}_` : name, value])
  )

/** So that a line leads to the trace that it belongs to, where it goes to a collector. */
const traceOf = (fiber: Fiber.Fiber<unknown, unknown>) => {
  const span = Context.getOption(fiber.context, Tracer.ParentSpan)
  return Option.isSome(span) && span.value.sampled && traceParentOf(span.value) !== undefined
    ? { traceId: span.value.traceId }
    : {}
}

/** A message is text, so that all lines have one type there; what else was logged with it stands behind it. */
const messageIn = (message: unknown) => {
  const parts = Array.isArray(message) ? message : [message]
  const isText = (part: unknown) => typeof part !== "object" || part === null
  const others = parts.filter((part) => !isText(part))
  return {
    message: parts.filter(isText).map(String).join(" "),
    ...(others.length > 0 && { facts: others.length === 1 ? others[0] : others })
  }
}

/** Flat, because that is what people can ask their log for: `jobId`, `event`, `durationMs`. */
const asJson = Logger.make<unknown, string>((options) => {
  const { annotations, cause, level, message, timestamp } = Logger.formatStructured.log(options)
  const line = {
    timestamp,
    level,
    ...messageIn(message),
    ...traceOf(options.fiber),
    ...factsOf(annotations),
    ...(cause !== undefined && { cause })
  }
  // Through text and back first, so that only what JSON can hold is looked at.
  return JSON.stringify(redactJson(JSON.parse(Formatter.formatJson(line))))
})

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

/** Lines of several processes often end in one place, so each names its own. Whoever reads a terminal knows. */
export const naming = Layer.effect(
  References.CurrentLogAnnotations,
  Effect.map(ThisWorker, ({ name }) => (process.stdout.isTTY ? {} : { worker: name }))
)
