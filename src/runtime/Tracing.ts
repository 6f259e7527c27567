/**
 * Traces for an OpenTelemetry collector. Spans leave this machine, so what they say is chosen here, whoever makes them: the
 * attributes of a list, no messages of errors, no log lines. Without a collector no span is made.
 */
import { Cause, Duration, Effect, Exit, Layer, Option, Redacted, References, Tracer } from "effect"
import { FetchHttpClient, HttpClient } from "effect/http"
import { OtlpExporter, OtlpSerialization, OtlpTracer } from "effect/observability"
import { VERSION } from "../domain/Version.ts"
import { headersOf } from "./operationsSettings.ts"
import type { Settings } from "./Settings.ts"

/** Names, numbers and the text of statements, whose values are sent apart from it. */
const TOLD = new Set([
  "callboard.job.id",
  "callboard.job.type",
  "callboard.job.attempt",
  "callboard.lane",
  "callboard.organisation",
  "callboard.step",
  "db.system.name",
  "db.namespace",
  "db.operation.name",
  "db.query.text",
  "http.request.method",
  "http.response.status_code",
  "http.route",
  "server.address",
  "server.port"
])

/** Of what runs by itself, only this begins a trace: every beat and every poll would otherwise be one. */
const ROOTS = new Set(["JobQueue.claim", "JobExecutor.attempt"])

const NAME = /^[A-Za-z][\w.]{0,60}$/u

/** What went wrong, in one word. */
const wordOf = (error: unknown): string => {
  if (typeof error !== "object" || error === null) return "Error"
  const words = ["code", "_tag", "name"].map((key) => (error as Readonly<Record<string, unknown>>)[key])
  return words.find((word): word is string => typeof word === "string" && NAME.test(word)) ?? "Error"
}

const withoutWords = (exit: Exit.Exit<unknown, unknown>): Exit.Exit<unknown, unknown> => {
  if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) return exit
  const word = wordOf(Cause.squash(exit.cause))
  return Exit.fail(Object.assign(new Error(word), { name: word, stack: word }))
}

const guarded = (span: Tracer.Span): Tracer.Span => {
  const { attribute, end } = span
  return Object.assign(span, {
    attribute: (key: string, value: unknown) => {
      if (TOLD.has(key)) attribute.call(span, key, value)
    },
    event: () => {},
    end: (endTime: bigint, exit: Exit.Exit<unknown, unknown>) => end.call(span, endTime, withoutWords(exit))
  })
}

/** What a stream does after its request was answered goes on for hours, and would make one trace of it all. */
const isOver = (span: Tracer.AnySpan) => span._tag === "Span" && span.status._tag === "Ended"

/** `tracer`, with nothing in its spans but what may be told. */
export const discreet = (tracer: Tracer.Tracer): Tracer.Tracer =>
  Tracer.make({
    span: (options) => {
      const belongs = Option.match(options.parent, {
        onNone: () => options.kind === "server" || ROOTS.has(options.name),
        onSome: (parent) => !isOver(parent)
      })
      const sampled = options.sampled && belongs
      const span = tracer.span({ ...options, links: sampled ? options.links : [], sampled })
      return sampled ? guarded(span) : span
    },
    ...(tracer.context && { context: tracer.context })
  })

/** A collector that takes a connection and then says nothing must not gather requests here. */
const LONGEST_EXPORT = Duration.seconds(5)

const EXPORT_EVERY = Duration.seconds(2)

const client = Layer.provide(
  Layer.effect(
    HttpClient.HttpClient,
    Effect.map(
      HttpClient.HttpClient,
      HttpClient.transformResponse(
        Effect.timeoutOrElse({ duration: LONGEST_EXPORT, orElse: () => Effect.die(new Error("no answer")) })
      )
    )
  ),
  FetchHttpClient.layer
)

const exporting = (endpoint: string, { otlpHeaders, otlpProtocol, role }: Settings) => {
  const made = Layer.effect(
    Tracer.Tracer,
    Effect.map(
      OtlpTracer.make({
        url: `${endpoint.replace(/\/+$/u, "")}/v1/traces`,
        resource: { serviceName: "callboard", serviceVersion: VERSION, attributes: { "callboard.role": role } },
        headers: otlpHeaders && headersOf(Redacted.value(otlpHeaders)),
        exportInterval: EXPORT_EVERY,
        shutdownTimeout: LONGEST_EXPORT
      }),
      discreet
    )
  )
  const written = otlpProtocol === "http/json" ? OtlpSerialization.layerJson : OtlpSerialization.layerProtobuf
  return made.pipe(Layer.provide([OtlpExporter.layerFlusher, written, client]))
}

export const layer = (settings: Settings): Layer.Layer<never> =>
  settings.otlpEndpoint === undefined
    ? Layer.succeed(References.TracerEnabled, false)
    : exporting(settings.otlpEndpoint, settings)
