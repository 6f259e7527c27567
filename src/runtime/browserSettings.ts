/** The settings of browsers, of what they work on, and of what is kept of their work. */
import { Schema } from "effect"
import { ArtifactsUrl } from "./artifacts/S3Bytes.ts"
import { ENDPOINT_RULE, parseEndpoint } from "./browser/BrowserEndpoint.ts"
import { HttpUrl } from "./identitySettings.ts"
import { Count, NonEmpty, optional, setting } from "./Setting.ts"

const Endpoint = Schema.String.check(
  Schema.makeFilter((text: string) => (parseEndpoint(text) === undefined ? ENDPOINT_RULE : true))
)

/** Which attempts of browser jobs keep a trace. */
const TraceMode = Schema.Literals(["failure", "always", "never"]).annotate({
  message: "must be failure, always or never"
})
export type TraceMode = typeof TraceMode.Type

export const browserSettings = {
  chromium: optional({
    variable: "CALLBOARD_CHROMIUM",
    unit: "path or name",
    schema: NonEmpty,
    description: "Browser to use: a path, or a name on PATH. Otherwise the first one found.",
    example: "/usr/bin/chromium"
  }),
  browserMemory: setting({
    variable: "CALLBOARD_BROWSER_MEMORY",
    unit: "megabytes",
    schema: Count(256, 1_000_000),
    standard: "1024",
    description: "Megabytes that a browser may use between two jobs before it is replaced by a fresh one.",
    example: "2048"
  }),
  browserEndpoint: optional({
    variable: "CALLBOARD_BROWSER_ENDPOINT",
    unit: "ws:// or http:// URL",
    schema: Schema.RedactedFromValue(Endpoint),
    description: "Browser that runs elsewhere, to use instead of one on this machine. See docs/browser.md.",
    example: "wss://browsers.example.com/?token=..."
  }),
  portalUrl: optional({
    variable: "CALLBOARD_PORTAL_URL",
    unit: "URL",
    schema: HttpUrl,
    description:
      "Portal that the restaurant scripts work on. Default: the practice portal of this server; a worker has none.",
    example: "https://portal.example.com/"
  }),
  artifactsUrl: optional({
    variable: "CALLBOARD_ARTIFACTS_URL",
    unit: "s3:// URL",
    schema: Schema.RedactedFromValue(ArtifactsUrl),
    description:
      "S3-compatible bucket for the files of jobs, for processes on several machines (s3+http:// for one without TLS). Default: the data folder.",
    example: "s3://key:secret@s3.eu-central-1.amazonaws.com/bucket/callboard?region=eu-central-1"
  }),
  trace: setting({
    variable: "CALLBOARD_TRACE",
    unit: "failure, always or never",
    schema: TraceMode,
    standard: "failure",
    description: "Which attempts of browser jobs keep a Playwright trace: those that fail (failure), always or never.",
    example: "always"
  })
}
