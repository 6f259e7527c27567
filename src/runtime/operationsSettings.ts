/** The settings of what watches over Callboard: metrics, traces, and load balancers. */
import { Duration, Schema } from "effect"
import { HttpUrl } from "./identitySettings.ts"
import { percentDecoded } from "./percentDecoded.ts"
import { DurationOf, optional, setting } from "./Setting.ts"

/** Shorter ones can be guessed. */
const SHORTEST_TOKEN = 16

const Token = Schema.String.check(
  Schema.makeFilter((text: string) =>
    text.length >= SHORTEST_TOKEN && /^[!-~]+$/u.test(text)
      ? true
      : `must be at least ${SHORTEST_TOKEN} visible ASCII characters`
  )
)

const LONGEST_DELAY = Duration.minutes(5)

/** `name=value` pairs as OpenTelemetry has them, values encoded as in a URL. */
export const headersOf = (text: string): Readonly<Record<string, string>> | undefined => {
  const pairs = text.split(",").map((pair) => /^\s*([A-Za-z0-9-]+)\s*=([^\r\n]*)$/u.exec(pair))
  const headers = pairs.map((pair) => [pair?.[1]?.toLowerCase(), percentDecoded(pair?.[2]?.trim() ?? "")] as const)
  return headers.some((header) => header.includes(undefined)) ? undefined : Object.fromEntries(headers)
}

const Headers = Schema.String.check(
  Schema.makeFilter((text: string) => headersOf(text) !== undefined || "must be pairs such as name=value,other=value")
)

/** Each part of it can be read where all of it can. */
const Encoded = Schema.String.check(
  Schema.makeFilter(
    (text: string) =>
      percentDecoded(text) !== undefined || "must be pairs such as name=value,other=value, encoded as in a URL"
  )
)

const Protocol = Schema.Literals(["http/protobuf", "http/json"]).annotate({
  message: "must be http/protobuf or http/json"
})

export const operationsSettings = {
  metricsToken: optional({
    variable: "CALLBOARD_METRICS_TOKEN",
    unit: "at least 16 characters",
    schema: Schema.RedactedFromValue(Token),
    description:
      "Whoever sends it as a Bearer token reads /metrics, without a key. A worker that others reach shows them only so.",
    example: "the output of: openssl rand -hex 24"
  }),
  drainDelay: setting({
    variable: "CALLBOARD_DRAIN_DELAY",
    unit: "duration",
    schema: DurationOf(Duration.zero, LONGEST_DELAY),
    standard: "0 seconds",
    description:
      "How long a process that stops still takes requests while /readyz says 503, so that a load balancer can turn to others.",
    example: "10 seconds"
  }),
  otlpEndpoint: optional({
    variable: "OTEL_EXPORTER_OTLP_ENDPOINT",
    unit: "URL",
    schema: HttpUrl,
    description: "OpenTelemetry collector that gets traces, without /v1/traces. Default: no traces are made.",
    example: "http://localhost:4318"
  }),
  otlpHeaders: optional({
    variable: "OTEL_EXPORTER_OTLP_HEADERS",
    unit: "name=value, ...",
    schema: Schema.RedactedFromValue(Headers),
    description: "Headers for that collector, such as a key.",
    example: "x-api-key=..."
  }),
  /** Read by the library that makes the traces, for which what it cannot read is a defect. */
  resourceAttributes: optional({
    variable: "OTEL_RESOURCE_ATTRIBUTES",
    unit: "name=value, ...",
    schema: Encoded,
    description: "Facts of yours that all traces carry. `service.name` stays `callboard`.",
    example: "deployment.environment=staging"
  }),
  otlpProtocol: setting({
    variable: "OTEL_EXPORTER_OTLP_PROTOCOL",
    unit: "http/protobuf or http/json",
    schema: Protocol,
    standard: "http/protobuf",
    description: "How traces are sent: http/protobuf or http/json.",
    example: "http/json"
  })
}
