import { expect } from "bun:test"
import { Effect } from "effect"
import { it } from "../../support/effect.ts"
import { aJob } from "../builders.ts"
import { makeApi, toRequest } from "../calls.ts"

/** An answer whose body is no JSON. */
const makeReader = Effect.gen(function* () {
  const api = yield* makeApi
  const job = api.put(aJob())
  const read = (name: string, headers: Record<string, string> = {}) =>
    Effect.promise(async () => {
      const path = `/api/jobs/${job.jobId}/artifacts/${encodeURIComponent(name)}`
      const response = await api.handler(toRequest("GET", path, { headers }))
      return { status: response.status, headers: response.headers, text: await response.text() }
    })
  return { ...api, job, read }
})

it.effect("lists the files of a job, and gives them with the whole job", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const job = api.put(aJob())
    const file = api.artifacts.add(job.jobId, "try-1-1-say.jpg", "picture", {
      kind: "picture",
      contentType: "image/jpeg",
      attempt: 1,
      step: "say"
    })

    const list = yield* api.call("GET", `/api/jobs/${job.jobId}/artifacts`)
    const whole = yield* api.call("GET", `/api/jobs/${job.jobId}`)

    const shown = { ...file, createdAt: "2026-03-01T10:00:00.000Z" }
    expect(list.json).toEqual({ data: [shown] })
    expect(whole.json).toMatchObject({ data: { jobId: job.jobId, artifacts: [shown] } })
  })
)

it.effect("sends a file with its type, and as a download unless it is a picture or text", () =>
  Effect.gen(function* () {
    const { artifacts, job, read } = yield* makeReader
    const types = {
      "a.jpg": ["image/jpeg", "image/jpeg", "inline"],
      "a.yaml": ["text/yaml; charset=utf-8", "text/plain; charset=utf-8", "inline"],
      "a.csv": ["text/csv; charset=utf-8", "text/csv; charset=utf-8", "attachment"],
      "a.zip": ["application/zip", "application/zip", "attachment"],
      "a.html": ["text/html", "application/octet-stream", "attachment"],
      "a.svg": ["image/svg+xml", "application/octet-stream", "attachment"],
      "a.js": ["text/javascript", "application/octet-stream", "attachment"]
    }
    for (const [name, [contentType]] of Object.entries(types)) {
      artifacts.add(job.jobId, name, "<script>alert(1)</script>", { contentType: contentType! })
    }

    for (const [name, [, sent, disposition]] of Object.entries(types)) {
      const { headers, status, text } = yield* read(name)

      expect([status, text]).toEqual([200, "<script>alert(1)</script>"])
      expect(headers.get("content-type")).toBe(sent!)
      expect(headers.get("content-disposition")).toBe(`${disposition}; filename="${name}"`)
      expect(headers.get("content-length")).toBe("25")
    }
  })
)

it.effect("answers 304 while the file is the same", () =>
  Effect.gen(function* () {
    const { artifacts, job, read } = yield* makeReader
    const { sha256 } = artifacts.add(job.jobId, "a.txt", "hello")

    const first = yield* read("a.txt")
    const again = yield* read("a.txt", { "if-none-match": `"other", "${sha256}"` })
    const changed = yield* read("a.txt", { "if-none-match": '"other"' })

    expect(first.headers.get("etag")).toBe(`"${sha256}"`)
    expect([again.status, again.text, again.headers.get("etag")]).toEqual([304, "", `"${sha256}"`])
    expect(changed.status).toBe(200)
  })
)

it.effect("sends one range of a file, and the whole file where it cannot", () =>
  Effect.gen(function* () {
    const { artifacts, job, read } = yield* makeReader
    const { sha256 } = artifacts.add(job.jobId, "a.txt", "0123456789")
    const ranged = (range: string, headers = {}) =>
      Effect.map(read("a.txt", { range, ...headers }), (answer) => [
        answer.status,
        answer.text,
        answer.headers.get("content-range"),
        answer.headers.get("content-length")
      ])

    expect(yield* ranged("bytes=2-4")).toEqual([206, "234", "bytes 2-4/10", "3"])
    expect(yield* ranged("bytes=7-")).toEqual([206, "789", "bytes 7-9/10", "3"])
    expect(yield* ranged("bytes=-2")).toEqual([206, "89", "bytes 8-9/10", "2"])
    expect(yield* ranged("bytes=0-99", { "if-range": `"${sha256}"` })).toEqual([
      206,
      "0123456789",
      "bytes 0-9/10",
      "10"
    ])
    for (const range of ["bytes=10-", "bytes=4-2", "bytes=0-1,3-4", "lines=1-2", "bytes=-"]) {
      expect(yield* ranged(range)).toEqual([200, "0123456789", null, "10"])
    }
    expect(yield* ranged("bytes=2-4", { "if-range": '"other"' })).toEqual([200, "0123456789", null, "10"])
  })
)

it.effect("finds no file under another name, and no way out of the job", () =>
  Effect.gen(function* () {
    const { artifacts, job, read } = yield* makeReader
    artifacts.add(job.jobId, "a.txt", "hello")

    for (const name of ["b.txt", "A.TXT", "../a.txt", "../../../id", "a.txt/"]) {
      const { status, text } = yield* read(name)

      expect([name, status]).toEqual([name, 404])
      expect(JSON.parse(text).code).toMatch(/NOT_FOUND$/u)
    }
  })
)

it.effect("says that a file cannot be read right now, before it says that it comes", () =>
  Effect.gen(function* () {
    const { artifacts, job, read } = yield* makeReader
    artifacts.add(job.jobId, "a.txt", "hello")
    artifacts.isDown = true

    const { headers, status, text } = yield* read("a.txt")

    expect([status, headers.get("retry-after")]).toEqual([503, "5"])
    expect(JSON.parse(text)).toMatchObject({ code: "ARTIFACT_UNAVAILABLE" })
  })
)
