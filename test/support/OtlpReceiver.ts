/** A small OpenTelemetry collector: takes traces in the JSON of OTLP and keeps their spans. */
import { Effect } from "effect"

interface Value {
  readonly stringValue?: string
  readonly intValue?: number
}

export interface SeenSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly attributes: ReadonlyArray<{ readonly key: string; readonly value: Value }>
  readonly events: ReadonlyArray<unknown>
}

interface TraceData {
  readonly resourceSpans: ReadonlyArray<{
    readonly scopeSpans: ReadonlyArray<{ readonly spans: ReadonlyArray<SeenSpan> }>
  }>
}

/** Stops with the scope. */
export const otlpReceiver = Effect.acquireRelease(
  Effect.sync(() => {
    const spans: Array<SeenSpan> = []
    const bodies: Array<string> = []
    const keys: Array<string | null> = []
    const server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: async (request) => {
        if (new URL(request.url).pathname !== "/v1/traces") return new Response(null, { status: 404 })
        const text = await request.text()
        bodies.push(text)
        keys.push(request.headers.get("x-api-key"))
        for (const { scopeSpans } of (JSON.parse(text) as TraceData).resourceSpans) {
          spans.push(...scopeSpans.flatMap((scope) => scope.spans))
        }
        return Response.json({})
      }
    })
    return { spans, bodies, keys, url: `http://127.0.0.1:${server.port}`, server }
  }),
  ({ server }) => Effect.promise(() => server.stop(true))
)
