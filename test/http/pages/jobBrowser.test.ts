import { expect, test } from "bun:test"
import { Schema } from "effect"
import type { Job } from "../../../src/domain/Job.ts"
import { otherWindowOf, StepEvidence } from "../../../src/domain/StepEvidence.ts"
import { FakeJobs } from "../../support/FakeJobs.ts"
import { tagDishes } from "../../support/tagDishes.ts"
import { bodyOf, makeBoard, textOf } from "./testBoard.ts"

const decode = Schema.decodeUnknownSync(StepEvidence)

const aLook = (fields: Readonly<Record<string, unknown>> = {}) =>
  decode({
    attempt: 1,
    step: "sign-in",
    outcome: "completed",
    at: "2026-03-01T10:00:00.000Z",
    url: "https://portal.example.com/menu?id=••••",
    title: "Menu <b>today</b>",
    picture: "try-1-1-sign-in.jpg",
    page: "try-1-1-sign-in.yaml",
    console: [],
    requests: [],
    ...fields
  })

const makeRecorded = (fields: Partial<Job> = {}) => {
  const board = makeBoard({ fake: new FakeJobs([tagDishes]) })
  const job = board.fake.seed({ status: "failed", attempts: 2, ...fields })
  return { ...board, job, artifacts: board.fake.artifacts }
}

test("shows a picture of each step with its page, and what went wrong on it", async () => {
  const { artifacts, get, job } = makeRecorded()
  artifacts.evidence.set(job.id, [
    aLook(),
    aLook({
      step: "add-tags",
      outcome: "failed",
      picture: "try-1-2-add-tags.jpg",
      console: [{ level: "error", text: "<i>no such tag</i>" }],
      requests: [{ method: "GET", url: "https://portal.example.com/tags", problem: "404" }]
    })
  ])

  const [html, text] = [
    await bodyOf(get(`/jobs/${job.jobId}/browser`)),
    await textOf(get(`/jobs/${job.jobId}/browser`))
  ]

  const picture = `/api/jobs/${job.jobId}/artifacts/try-1-2-add-tags.jpg`
  expect(html).toContain(`<a href="${picture}"><img class="film-picture" src="${picture}"`)
  expect(html).toContain('alt="Add tags, failed: the page “Menu &lt;b&gt;today&lt;/b&gt;”"')
  expect(html).toContain(`href="/api/jobs/${job.jobId}/artifacts/try-1-1-sign-in.yaml"`)
  expect(text).toContain("Done: Sign in")
  expect(text).toContain("https://portal.example.com/menu?id=••••")
  expect(text).toContain("1 console message Error: &lt;i&gt;no such tag&lt;/i&gt;")
  expect(text).toContain("1 failed request 404 GET https://portal.example.com/tags")
})

test("names another window by the step that failed beside it", async () => {
  const { artifacts, get, job } = makeRecorded()
  artifacts.evidence.set(job.id, [
    aLook({ outcome: "failed" }),
    aLook({ step: otherWindowOf("sign-in"), outcome: "failed" })
  ])

  const text = await textOf(get(`/jobs/${job.jobId}/browser`))

  expect(text).toContain("Failed: Sign in")
  expect(text).toContain("Failed: Sign in, other window")
})

test("opens the trace of each try in one click, the last try first", async () => {
  const { artifacts, get, job } = makeRecorded()
  for (const attempt of [1, 2]) {
    const fields = { kind: "trace", contentType: "application/zip", attempt } as const
    artifacts.add(job.id, `try-${attempt}-trace.zip`, "zip", fields)
  }

  const html = await bodyOf(get(`/jobs/${job.jobId}/browser`))

  const traces = [...html.matchAll(/href="(\/trace\/[^"]+)"/gu)].map(([, href]) => new URL(href!, "http://localhost"))
  expect(traces.map(({ pathname }) => pathname)).toEqual(["/trace/index.html", "/trace/index.html"])
  expect(traces.map(({ searchParams }) => searchParams.get("trace"))).toEqual([
    `/api/jobs/${job.jobId}/artifacts/try-2-trace.zip`,
    `/api/jobs/${job.jobId}/artifacts/try-1-trace.zip`
  ])
  expect(html).toMatch(/<details class="film-attempt" open="" id="film-2">/u)
  expect(html).toMatch(/<details class="film-attempt" id="film-1">/u)
})

test("says when there is nothing to see, and nothing of it for a job without a browser", async () => {
  const running = makeRecorded({ status: "in_progress" })
  const ended = makeRecorded()
  const plain = makeRecorded({ lane: "default" })
  const textFor = ({ get, job }: ReturnType<typeof makeRecorded>) => textOf(get(`/jobs/${job.jobId}/browser`))

  expect(await textFor(running)).toContain("A picture comes at the end of each step.")
  expect(await textFor(ended)).toContain("Its browser left no pictures.")
  expect(await bodyOf(plain.get(`/jobs/${plain.job.jobId}`))).not.toContain("/browser")
  expect(await textFor(plain)).toContain("Jobs of this type use no browser, so there are no pictures.")
  expect(await textFor(ended)).not.toContain("from picture to picture")
})

test("says that a page did not answer where there is no picture of it", async () => {
  const { artifacts, get, job } = makeRecorded()
  artifacts.evidence.set(job.id, [
    decode({ attempt: 1, step: "check", outcome: "failed", at: "2026-03-01T10:00:00.000Z", console: [], requests: [] })
  ])

  const text = await textOf(get(`/jobs/${job.jobId}/browser`))

  expect(text).toContain("No picture: the page did not answer.")
  expect(text).toContain("Failed: Check the result")
})
