/** What those see who watch over a Callboard: the lines of a job's life, and its trace. */
import { expect } from "bun:test"
import { join } from "node:path"
import { Effect } from "effect"
import { eventually, startCallboard, temporaryDirectory } from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"
import { otlpReceiver } from "../support/OtlpReceiver.ts"

const CALLBOARD_CONFIG = join(import.meta.dir, "fixtures/watched-types.ts")
const PASSWORD = "Zq7-very-own-secret"
const PERSON = "Ada Lovelace"
const TRACE = "0af7651916cd43dd8448eb211c80319c"
const SPAN = "b7ad6b7169203331"

interface Line {
  readonly message: string
  readonly event?: string
  readonly step?: string
  readonly jobId?: string
  readonly [fact: string]: unknown
}

const linesOf = (output: string): ReadonlyArray<Line> =>
  output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Line)

it.live("tells each event of a job's life in the log and in one trace, and nothing that the job works on", () =>
  Effect.gen(function* () {
    const collector = yield* otlpReceiver
    const dataDirectory = yield* temporaryDirectory
    const callboard = yield* startCallboard({
      dataDirectory,
      env: {
        CALLBOARD_CONFIG,
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
        OTEL_EXPORTER_OTLP_HEADERS: "x-api-key=collector%20key"
      }
    })
    const { body } = yield* callboard.json<{ data: { id: string; jobId: string } }>("/api/jobs?note=query", {
      method: "POST",
      headers: { "Content-Type": "application/json", traceparent: `00-${TRACE}-${SPAN}-01` },
      body: JSON.stringify({ jobType: "watched", input: { password: PASSWORD, person: PERSON } })
    })
    yield* callboard.jobEnded(body.data.id)
    yield* eventually(Effect.sync(() => callboard.output().includes("job completed") || undefined))
    // What is left of the spans goes out at the end.
    yield* callboard.signal("SIGTERM")

    const lines = linesOf(callboard.output())
    // Who creates a job tells of it when it has its answer, and its worker does not wait for that.
    const life = lines
      .filter(({ jobId }) => jobId === body.data.jobId)
      .toSorted((a, b) => Number(b.event === "created") - Number(a.event === "created"))
    expect(
      life.map(({ attempt, code, event, level, outcome, step }) => [level, event, attempt, step, outcome, code])
    ).toEqual([
      ["INFO", "created", undefined, undefined, undefined, undefined],
      ["INFO", "claimed", 1, undefined, undefined, undefined],
      ["INFO", "step", 1, "sign-in", "completed", undefined],
      ["INFO", "step", 1, "publish", "failed", undefined],
      ["WARN", "retry", 1, "publish", undefined, "NETWORK_ERROR"],
      ["INFO", "claimed", 2, undefined, undefined, undefined],
      ["INFO", "step", 2, "publish", "completed", undefined],
      ["INFO", "completed", 2, undefined, undefined, undefined]
    ])
    for (const line of life) {
      const worker = expect.any(String)
      expect(line).toMatchObject({ jobType: "watched", organisation: "default", traceId: TRACE, worker })
      if (["step", "retry", "completed"].includes(line.event!)) expect(line.durationMs).toBeNumber()
    }
    expect(lines.map(({ message }) => message)).toContainValues(["starting", "stopping", "stopped"])

    const ours = collector.spans.filter(({ traceId }) => traceId === TRACE)
    const named = (name: string) => ours.filter((span) => span.name === name)
    const [request] = named("POST /api/jobs")
    const attempts = named("JobExecutor.attempt")
    const steps = named("Steps.run")
    expect(request).toMatchObject({ parentSpanId: SPAN, kind: 2 })
    expect(attempts.map(({ parentSpanId }) => parentSpanId)).toEqual([request!.spanId, request!.spanId])
    expect(steps).toHaveLength(3)
    const isBelow = (span: (typeof ours)[number] | undefined, above: ReadonlySet<string>): boolean =>
      span !== undefined &&
      (above.has(span.parentSpanId ?? "") ||
        isBelow(
          ours.find(({ spanId }) => spanId === span.parentSpanId),
          above
        ))
    const attemptIds = new Set(attempts.map(({ spanId }) => spanId))
    for (const step of steps) expect(isBelow(step, attemptIds)).toBe(true)
    const queries = ours.filter(({ attributes }) => attributes.some(({ key }) => key === "db.query.text"))
    expect(queries.some((query) => isBelow(query, attemptIds))).toBe(true)
    // As docs/operations.md has them.
    expect(new Set(queries.map(({ name }) => name))).toEqual(new Set(["callboard"]))
    expect(collector.spans.some(({ name }) => name === "JobQueue.claim")).toBe(true)
    expect(new Set(collector.keys)).toEqual(new Set(["collector key"]))

    for (const seen of [callboard.output(), collector.bodies.join("\n")]) {
      for (const secret of [PASSWORD, PERSON, "note=query", "collector key"]) expect(seen).not.toContain(secret)
    }
  })
)
