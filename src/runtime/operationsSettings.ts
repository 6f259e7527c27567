/** The settings of what watches over Callboard: metrics, traces, and load balancers. */
import { Duration, Schema } from "effect"
import { HttpUrl } from "./identitySettings.ts"
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
  const isWhole = (value: string) => !/%(?![0-9A-Fa-f]{2})/u.test(value)
  if (pairs.some((pair) => pair === null || !isWhole(pair[2]!))) return undefined
  return Object.fromEntries(pairs.map((pair) => [pair![1]!.toLowerCase(), decodeURIComponent(pair![2]!.trim())]))
}

const Headers = Schema.String.check(
  Schema.makeFilter((text: string) => headersOf(text) !== undefined || "must be pairs such as name=value,other=value")
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
  otlpProtocol: setting({
    variable: "OTEL_EXPORTER_OTLP_PROTOCOL",
    unit: "http/protobuf or http/json",
    schema: Protocol,
    standard: "http/protobuf",
    description: "How traces are sent: http/protobuf or http/json.",
    example: "http/json"
  })
}
