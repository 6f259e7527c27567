import { expect, test } from "bun:test"
import { Effect, Layer } from "effect"
import { ArtifactName } from "../../../src/domain/Artifacts.ts"
import { BulkJobs, type BulkRequest } from "../../../src/domain/BulkJobs.ts"
import type { FailureDetail } from "../../../src/domain/FailureKinds.ts"
import { IdempotencyMismatch } from "../../../src/domain/Jobs.ts"
import { at, FakeJobs, NOW_MS } from "../../support/FakeJobs.ts"
import { tagDishes } from "../../support/tagDishes.ts"
import { aKind } from "../../views/kinds.ts"
import { bodyOf, makeBoard, textOf } from "./testBoard.ts"

const FP = "0123456789abcdef"

const withFailure = (fields: Partial<FailureDetail> = {}) => {
  const fake = new FakeJobs([tagDishes], () => NOW_MS)
  const job = fake.seed({ status: "failed", restaurantId: "roma" })
  const kind = aKind({ jobType: tagDishes.name, message: "Timeout <30 s>: waiting for #menu-table" })
  fake.board.kinds = [kind]
  fake.board.details.set(FP, {
    kind,
    restaurants: [{ restaurantId: "Café Lumen", failures: 9 }],
    jobs: [job.id],
    pictures: [],
    stillFailed: 12,
    notRetryable: 2,
    ...fields
  })
  const started: Array<BulkRequest> = []
  const keys = new Set<string>()
  const bulk = Layer.succeed(BulkJobs, {
    start: (request, { idempotencyKey = "" } = {}) =>
      Effect.suspend(() => {
        if (keys.has(idempotencyKey)) return Effect.fail(new IdempotencyMismatch({ key: idempotencyKey }))
        keys.add(idempotencyKey)
        started.push(request)
        return Effect.succeed({ job, replayed: false })
      })
  })
  return { ...makeBoard({ fake, layer: Layer.merge(fake.layer, bulk) }), job, kind, started }
}

test("lists kinds of failure with their counts, and marks what is new", async () => {
  const { fake, get, kind } = withFailure()
  fake.board.kinds = [kind, aKind({ fingerprint: "f".repeat(16), firstFailedAt: at(NOW_MS - 60_000) })]

  const all = await textOf(get("/failures"))
  const onlyNew = await bodyOf(get("/failures?only=new&since=7d"))

  expect(all).toMatch(/Timeout &lt;30 s&gt;: waiting for #menu-table .*0 12 14 11/u)
  expect(all).toContain("Login rejected: wrong password new")
  expect(onlyNew).not.toContain(`/failures/${FP}"`)
  expect(onlyNew).toContain(`/failures/${"f".repeat(16)}"`)
})

test("says that there are none, and offers a longer time", async () => {
  const { get } = makeBoard()

  expect(await textOf(get("/failures"))).toContain("No failures in the last 24 hours.")
  expect(await bodyOf(get("/failures"))).toContain('href="/failures?since=7d"')
  expect(await textOf(get("/failures?since=1h"))).toContain("No failures in the last hour.")
  expect(await textOf(get("/failures?only=new"))).toContain("No new kinds of failure since yesterday.")
})

test("shows of one kind what it touches, its pictures and its jobs", async () => {
  const picture = { step: "sign-in", picture: ArtifactName.make("a.jpg"), title: "Sign in", at: at(NOW_MS) }
  const { get, job, kind } = withFailure({ pictures: [{ jobId: aKind().latestJobId, ...picture }] })

  const html = await bodyOf(get(`/failures/${FP}`))

  expect(html).toContain('href="/restaurants/Caf%C3%A9%20Lumen"')
  expect(html).toContain(`<img class="film-picture" src="/api/jobs/${kind.latestJobId}/artifacts/a.jpg"`)
  expect(html).toContain('alt="Failed: the page “Sign in”"')
  expect(html).toContain(`<tr id="job-${job.id}"`)
  expect(html).toContain("Retry 10 jobs…")
})

test("does not know what never failed, nor what is no fingerprint", async () => {
  const { get, post } = withFailure()

  const answers = await Promise.all([
    get(`/failures/${"0".repeat(16)}`),
    get("/failures/..%2f"),
    post(`/failures/${"0".repeat(16)}/note`, { after: "0", text: "x" }),
    post("/failures/nothing/retry", { count: "10" })
  ])

  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404])
})

test("says what a retry will do before it does it, and does it once", async () => {
  const { get, job, post, started } = withFailure()
  const html = await bodyOf(get(`/failures/${FP}/retry`))
  const form = {
    key: /name="key" value="([^"]+)"/u.exec(html)?.[1] ?? "",
    count: /name="count" value="([^"]+)"/u.exec(html)?.[1] ?? ""
  }

  const first = await post(`/failures/${FP}/retry`, form)
  const again = await post(`/failures/${FP}/retry`, form)

  expect(html).toContain("10 jobs start again after the last step that each of them finished.")
  expect(html).toContain("2 jobs are left out: another job does the same already.")
  expect(first.headers.get("location")).toBe(`/bulk/${job.jobId}`)
  expect(again.headers.get("location")).toBe(`/failures/${FP}`)
  expect(started).toEqual([{ action: "retry", filter: { status: ["failed"], fingerprint: FP } }])
})

test("asks again when the number has changed meanwhile", async () => {
  const { post, started } = withFailure()

  const response = await post(`/failures/${FP}/retry`, { key: "k", count: "12" })

  expect(response.status).toBe(409)
  expect(await textOf(response)).toContain("The number has changed meanwhile. Nothing was retried.")
  expect(started).toEqual([])
})

test("retries nothing of a type that it does not know", async () => {
  const { fake, get, post, started } = withFailure()
  const unknown = aKind({ jobType: "gone" })
  fake.board.details.set(FP, { ...fake.board.details.get(FP)!, kind: unknown })

  const response = await post(`/failures/${FP}/retry`, { key: "k", count: "0" })

  expect(await textOf(get(`/failures/${FP}`))).not.toContain("Retry 1")
  expect(await textOf(response)).toContain("This server does not know jobs of this type any more")
  expect(started).toEqual([])
})

test("keeps what somebody writes about it, and every version", async () => {
  const { get, post } = withFailure()

  const saved = await post(`/failures/${FP}/note`, { after: "0", text: " Call the <owner> first. " })
  await post(`/failures/${FP}/note`, { after: "1", text: "Call the owner, then update the login." })
  const html = await bodyOf(get(`/failures/${FP}`))

  expect(saved.headers.get("location")).toBe(`/failures/${FP}`)
  expect(html).toContain('<p class="note-text">Call the owner, then update the login.</p>')
  expect(html).toMatch(/Earlier versions[\s\S]*Call the &lt;owner&gt; first\./u)
  expect(html).toContain('name="after" value="2"')
  expect(html).toContain('name="note-2"')
})

test("keeps the text of somebody whose note was changed by another meanwhile, and saves nothing too long", async () => {
  const { get, post } = withFailure()
  await post(`/failures/${FP}/note`, { after: "0", text: "Theirs" })

  const late = await post(`/failures/${FP}/note`, { after: "0", text: "Mine" })
  const html = await late.text()
  const long = await post(`/failures/${FP}/note`, { after: "1", text: "x".repeat(4_001) })

  expect([late.status, long.status]).toEqual([409, 409])
  expect(html).toContain("this computer has changed the note meanwhile.")
  expect(html).not.toContain("Nobody has written")
  expect(html).toMatch(/<p class="note-text">Theirs<\/p>[\s\S]*<textarea[^>]*>Mine<\/textarea>/u)
  expect(html).toContain('name="after" value="1"')
  expect(await textOf(get(`/failures/${FP}`))).not.toContain("xxxx")
})
