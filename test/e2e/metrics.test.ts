/** What Prometheus gets from a running Callboard, and whether dashboard and alerts ask for what is there. */
import { expect } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { startCallboard, temporaryDirectory } from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"

const CALLBOARD_CONFIG = join(import.meta.dir, "fixtures/watched-types.ts")
const DEPLOY = join(import.meta.dir, "../../deploy")

interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** One line of the text format. */
const sampleOf = (line: string): Sample => {
  const parts = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/u.exec(line)
  if (parts === null) throw new Error(`no sample: ${line}`)
  const labels = [...(parts[2] ?? "").matchAll(/([a-z]+)="([^"]*)"/gu)].map(([, name, value]) => [name!, value!])
  return { name: parts[1]!, labels: Object.fromEntries(labels), value: Number(parts[3]) }
}

const samplesOf = (text: string) =>
  text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map(sampleOf)

/** Added by whoever scrapes. */
const OF_PROMETHEUS = ["instance", "job"]

/** The metrics that an expression asks for, each with the labels that it selects or groups by. */
const askedBy = (expression: string) => {
  const names = expression.matchAll(/\b((?:callboard|process)_[a-z_]+)(?:\{([^}]*)\})?/gu)
  const grouped = [...expression.matchAll(/\b(?:by|on) \(([^)]*)\)/gu)].flatMap(([, list]) => list!.split(/,\s*/u))
  return [...names].map(([, name, selector = ""]) => ({
    name: name!,
    labels: [...selector.matchAll(/([a-z]+)(?:=|!=|=~|!~)"/gu)].map(([, label]) => label!),
    grouped
  }))
}

interface Dashboard {
  readonly panels: ReadonlyArray<{
    readonly title: string
    readonly targets?: ReadonlyArray<{ readonly expr: string }>
  }>
}

interface Alerts {
  readonly groups: ReadonlyArray<{ readonly rules: ReadonlyArray<{ readonly alert: string; readonly expr: string }> }>
}

const expressions = () => {
  const dashboard = JSON.parse(readFileSync(join(DEPLOY, "grafana-dashboard.json"), "utf8")) as Dashboard
  const alerts = Bun.YAML.parse(readFileSync(join(DEPLOY, "alerts.yml"), "utf8")) as Alerts
  return [
    ...dashboard.panels.flatMap(({ targets = [], title }) => targets.map(({ expr }) => ({ of: title, expr }))),
    ...alerts.groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => ({ of: alert, expr })))
  ]
}

it.live(
  "gives Prometheus every number that the dashboard and the alerts ask for, and no label that strangers choose",
  () =>
    Effect.gen(function* () {
      const dataDirectory = yield* temporaryDirectory
      const callboard = yield* startCallboard({
        dataDirectory,
        env: {
          CALLBOARD_CONFIG,
          CALLBOARD_METRICS_TOKEN: "0123456789abcdef",
          CALLBOARD_AI_BASE_URL: "http://127.0.0.1:9/v1",
          CALLBOARD_AI_MODEL: "a-model",
          // Nobody listens there, and no job is the worse for it.
          OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9"
        }
      })
      const input = { password: "Zq7-very-own-secret", person: "Ada" }
      const retried = yield* callboard.create("watched", input)
      const failed = yield* callboard.create("watched", input, { maxRetries: 0 })
      expect(yield* callboard.jobEnded(retried.id)).toMatchObject({ status: "completed" })
      expect(yield* callboard.jobEnded(failed.id)).toMatchObject({ status: "failed" })
      yield* callboard.post("/api/jobs", { jobType: "invented-by-a-stranger", input })
      yield* callboard.json(`/api/jobs/${retried.id}`)
      for (const path of ["/invented/by/a/stranger", "/api/invented", `/jobs/${retried.id}`]) {
        yield* Effect.promise(() => fetch(new URL(path, callboard.url)))
      }

      const scraped = yield* Effect.promise(() =>
        fetch(new URL("/metrics", callboard.url), { headers: { Authorization: "Bearer 0123456789abcdef" } })
      )
      const samples = samplesOf(yield* Effect.promise(() => scraped.text()))
      expect(scraped.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8")

      // Prometheus itself makes `up`, of whether it could ask.
      const asked = expressions().filter(({ expr }) => !expr.startsWith("up{"))
      expect(asked.length).toBeGreaterThan(30)
      const missing = asked.flatMap(({ expr, of }) => {
        const wanted = askedBy(expr)
        const known = (name: string) => samples.filter((sample) => sample.name === name).map(({ labels }) => labels)
        const unknown = wanted.filter(
          ({ labels, name }) => !known(name).some((has) => labels.every((each) => each in has))
        )
        const groups = (wanted[0]?.grouped ?? []).filter(
          (label) =>
            !OF_PROMETHEUS.includes(label) && !wanted.some(({ name }) => known(name).some((has) => label in has))
        )
        return wanted.length === 0 || unknown.length > 0 || groups.length > 0 ? [{ of, expr, unknown, groups }] : []
      })
      expect(missing).toEqual([])

      const total = (name: string, labels: Sample["labels"]) =>
        samples
          .filter(
            (each) => each.name === name && Object.entries(labels).every(([label, is]) => each.labels[label] === is)
          )
          .reduce((sum, { value }) => sum + value, 0)
      expect(total("callboard_jobs_created_total", { type: "watched" })).toBe(2)
      expect(total("callboard_jobs_ended_total", { type: "watched", status: "completed" })).toBe(1)
      expect(total("callboard_retries_total", { type: "watched", code: "NETWORK_ERROR" })).toBe(1)
      expect(total("callboard_failures_total", { code: "NETWORK_ERROR" })).toBe(1)
      expect(total("callboard_attempt_duration_seconds_count", { type: "watched" })).toBe(3)
      // A first failure is a rise only where there was a 0 before.
      const known = (name: string, labels: Sample["labels"]) =>
        samples.some(
          (each) => each.name === name && Object.entries(labels).every(([label, is]) => each.labels[label] === is)
        )
      expect(known("callboard_jobs_ended_total", { type: "watched", status: "cancelled" })).toBe(true)
      expect(known("callboard_failures_total", { type: "watched", code: "SCRIPT_DEFECT" })).toBe(true)
      expect(total("callboard_workers", { phase: "claiming" })).toBe(1)
      expect(total("callboard_http_requests_total", { route: "/api/jobs/:id" })).toBeGreaterThan(0)
      expect(total("callboard_http_requests_total", { route: "(none)", status: "404" })).toBe(2)
      const text = JSON.stringify(samples)
      for (const stranger of ["invented", retried.id, retried.jobId]) expect(text).not.toContain(stranger)
    })
)
