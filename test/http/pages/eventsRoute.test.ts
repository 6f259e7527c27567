import { expect, test } from "bun:test"
import { Deferred, Effect, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import { AuditLog } from "../../../src/domain/AuditLog.ts"
import { localCaller } from "../../../src/domain/Caller.ts"
import { JobId } from "../../../src/domain/JobId.ts"
import { JobReports, type StatusCounts } from "../../../src/domain/JobReports.ts"
import { ShownStatus } from "../../../src/domain/JobStatus.ts"
import { Readiness } from "../../../src/domain/Readiness.ts"
import type { Feed } from "../../../src/http/pages/Feed.ts"
import { makeJobFeed } from "../../../src/http/pages/JobFeed.tsx"
import { makeListFeed } from "../../../src/http/pages/ListFeed.tsx"
import { makeLiveFeed, makeNewsOfJobs } from "../../../src/http/pages/LiveFeed.ts"
import { it } from "../../support/effect.ts"
import { at, FakeJobs } from "../../support/FakeJobs.ts"
import { tagDishes } from "../../support/tagDishes.ts"
import { makeBoard } from "./testBoard.ts"

/** Reads a stream until its text holds all of `parts`. A test that waits in vain ends by its time limit. */
const makeReader = (response: Response) => {
  const reader = response.body!.getReader()
  const decoder = new TextDecoder()
  let text = ""
  const until = async (...parts: ReadonlyArray<string>): Promise<string> => {
    while (!parts.every((part) => text.includes(part))) {
      const { done, value } = await reader.read()
      if (done) throw new Error(`the stream ended with: ${text}`)
      text += decoder.decode(value, { stream: true })
    }
    const seen = text
    text = ""
    return seen
  }
  return { until, cancel: () => reader.cancel(), ended: async () => (await reader.read()).done }
}

test("sends something at once, then every row of the list as it is now", async () => {
  const { fake, get } = makeBoard()
  const [first, second, other] = [fake.seed(), fake.seed({ status: "failed" }), fake.seed()]

  const response = await get(`/events?ids=${first.id},${second.id}`)
  const { until, cancel } = makeReader(response)
  const text = await until(": open\n\n", `hx-target="#job-${first.id}"`, `hx-target="#job-${second.id}"`)

  expect(response.headers.get("content-type")).toStartWith("text/event-stream")
  expect(text).not.toContain(`#job-${other.id}`)
  expect(text).toMatch(/^: open\n\nevent: board:now\ndata: \d{13}\n\n/u)
  const named = text.split("\n").filter((line) => line !== "" && !/^(?::|data: )/u.test(line))
  expect(named).toEqual(["event: board:now"])
  await cancel()
})

test("sends the row that changed, dimmed when it no longer fits the filter", async () => {
  const { fake, get } = makeBoard()
  const [running, still] = [fake.seed({ status: "in_progress" }), fake.seed({ status: "in_progress" })]
  const { until, cancel } = makeReader(await get(`/events?ids=${running.id},${still.id}&status=in_progress`))
  await until(`#job-${running.id}`, `#job-${still.id}`)

  fake.change(running.id, { status: "completed" })
  const text = await until("now Done")

  expect(text).toContain(`<tr id="job-${running.id}" class="job left">`)
  expect(text).not.toContain(`<tr id="job-${still.id}"`)
  await cancel()
})

test("raises the pill for a new job and inserts no row", async () => {
  const { fake, get } = makeBoard()
  const shown = fake.seed()
  const { until, cancel } = makeReader(await get(`/events?ids=${shown.id}`))
  await until(`#job-${shown.id}`)

  const added = fake.seed()
  fake.change(added.id, {})
  const text = await until("1 new job – show")

  expect(text).not.toContain(`<tr id="job-${added.id}"`)
  await cancel()
})

test("sends changed sections and new log lines of a job, and announces its end", async () => {
  const { fake, get } = makeBoard()
  const job = fake.seed({ status: "in_progress", attempts: 1 })
  fake.log(job.id, "first line")
  const { until, cancel } = makeReader(await get(`/events?job=${job.id}`))
  const start = await until("#job-headline", "#job-question", "first line")

  fake.log(job.id, "second line")
  const logged = await until("second line")
  fake.change(job.id, { status: "completed", durationMs: 80_000 })
  const ended = await until('class="toast visually-hidden">Finished and checked in 1 m 20 s.', "#job-headline")

  expect(start).toContain('hx-target="#lines" hx-swap="outerMorph"')
  expect(logged).toContain('hx-target="#lines" hx-swap="beforeend"')
  expect(logged).not.toContain("first line")
  expect(logged).not.toContain("#job-headline")
  expect(ended).not.toContain("second line")
  expect(ended).not.toContain("#job-question")
  await cancel()
})

test("reads everything again after a gap, and sends only what is different", async () => {
  const { fake, get } = makeBoard()
  const [silent, same] = [fake.seed(), fake.seed()]
  const { until, cancel } = makeReader(await get(`/events?ids=${silent.id},${same.id}`))
  await until(`#job-${silent.id}`, `#job-${same.id}`)

  fake.jobs.set(silent.id, { ...silent, status: "cancelled" })
  fake.tell({ _tag: "Gap" })
  const text = await until("st-cancelled")

  expect(text).not.toContain(`<tr id="job-${same.id}"`)
  await cancel()
})

/** What a page hears, on the test clock. */
const listen = (fake: FakeJobs, feed: Feed, layer = fake.layer) =>
  Effect.gen(function* () {
    const heard: Array<string> = []
    yield* Effect.gen(function* () {
      const { read } = yield* makeLiveFeed(feed, yield* makeNewsOfJobs)
      yield* read.pipe(
        Stream.decodeText,
        Stream.runForEach((text) => Effect.sync(() => heard.push(text))),
        Effect.forkScoped
      )
    }).pipe(Effect.provide(Layer.mergeAll(layer, Layer.mock(Readiness, {}), Layer.mock(AuditLog, {}))))
    return () => heard.splice(0).join("")
  })

/** In small steps, so that the stream's parts can hand over to each other at each moment. */
const pass = (seconds: number) => Effect.replicateEffect(TestClock.adjust("250 millis"), 4 * seconds)

it.effect("moves a job on when its time has come, without any news", () =>
  Effect.gen(function* () {
    const fake = new FakeJobs([tagDishes], () => 0)
    const due = at(60_000)
    const scheduled = fake.seed({ runAt: due })
    const retrying = fake.seed({ nextRetryAt: due, retryCount: 1, attempts: 1 })
    const list = yield* listen(
      fake,
      makeListFeed({ ids: [scheduled.id, retrying.id], query: { status: [] }, reader: localCaller })
    )
    const page = yield* listen(fake, makeJobFeed(scheduled.id, localCaller))
    yield* pass(50)
    const before = [list(), page()]
    yield* pass(8)
    const still = [list(), page()].join("")

    yield* pass(8)

    const after = [list(), page()]
    expect(before[0]).toMatch(/Scheduled.*Will retry/su)
    expect(before[1]).toContain("Scheduled")
    expect(still).not.toContain("hx-partial")
    expect(after[0]?.match(/Waiting to start/gu)).toHaveLength(2)
    expect(after[1]).toContain("Waiting to start")
  })
)

it.effect("counts at least what its list shows, as the page did", () =>
  Effect.gen(function* () {
    const fake = new FakeJobs([tagDishes], () => 0)
    const jobs = [fake.seed({ status: "failed" }), fake.seed({ status: "failed" })]
    const none = Object.fromEntries(ShownStatus.literals.map((status) => [status, 0])) as unknown as StatusCounts
    const reports = Layer.mock(JobReports, {
      listed: () => Effect.succeed(jobs.map(({ id }) => ({ id, status: "failed" as const }))),
      byIds: () => Effect.succeed(jobs),
      counts: () => Effect.succeed({ ...none, failed: 1, atLeast: ["failed"] })
    })
    const layer = Layer.merge(fake.layer, reports)
    const query = { status: [], q: "menu" }
    const ids = jobs.map(({ id }) => id)
    const first = yield* listen(fake, makeListFeed({ ids, query, reader: localCaller }), layer)
    const later = yield* listen(
      fake,
      makeListFeed({ ids, query: { ...query, after: "c1" }, reader: localCaller }),
      layer
    )
    yield* pass(8)

    for (const page of [first(), later()]) expect(page).toMatch(/Failed <span class="tab-count">2\+<\/span>/u)
  })
)

/** Gaps as they come under load: 50 in a second. */
const gaps = (fake: FakeJobs, seconds: number) =>
  Effect.replicateEffect(
    Effect.andThen(
      Effect.sync(() => fake.tell({ _tag: "Gap" })),
      TestClock.adjust("20 millis")
    ),
    50 * seconds
  )

it.effect("reads at most four times a second however many gaps come, and once more after the last", () =>
  Effect.gen(function* () {
    const fake = new FakeJobs([tagDishes], () => 0)
    const job = fake.seed()
    const feed = makeJobFeed(job.id, localCaller)
    let reads = 0
    const counted: Feed = {
      ...feed,
      update: (changes) =>
        Effect.andThen(
          Effect.sync(() => (reads += 1)),
          feed.update(changes)
        )
    }
    const page = yield* listen(fake, counted)
    yield* pass(1)
    reads = 0

    yield* gaps(fake, 4)
    const [readsUnderLoad, textUnderLoad] = [reads, page()]
    fake.jobs.set(job.id, { ...job, status: "cancelled" })
    fake.tell({ _tag: "Gap" })
    yield* pass(1)

    expect(readsUnderLoad).toBeGreaterThan(4)
    expect(readsUnderLoad).toBeLessThanOrEqual(17)
    expect(textUnderLoad).not.toContain("Cancelled")
    expect(page()).toContain("Cancelled")
  })
)

it.effect("says once that a job was removed, where the focus can stay", () =>
  Effect.gen(function* () {
    const page = yield* listen(
      new FakeJobs([tagDishes]),
      makeJobFeed(JobId.make("018f0000-0000-7000-8000-00000000ffff"), localCaller)
    )
    yield* pass(2)
    const first = page()

    yield* pass(12)

    expect(first).toContain("This job was removed.")
    expect(first).toMatch(/hx-swap="outerMorph"><section[^>]*id="job-headline" tabindex="-1"/u)
    expect(page()).not.toContain("hx-partial")
  })
)

test("stops listening when the reader goes away", async () => {
  const { fake, get } = makeBoard()
  const job = fake.seed()
  const { until, cancel } = makeReader(await get(`/events?ids=${job.id}`))
  await until(`#job-${job.id}`)
  expect(fake.listeners).toBeGreaterThan(0)

  await cancel()

  expect(fake.listeners).toBe(0)
})

test("listens to nothing for a request that asks for the headers alone", async () => {
  const { app, fake, get } = makeBoard()
  const job = fake.seed()
  const path = `/events?ids=${job.id}`
  const { until, cancel } = makeReader(await get(path))
  await until(`#job-${job.id}`)
  const before = fake.listeners

  const head = await app.request(path, { method: "HEAD" })
  await cancel()

  expect(head.headers.get("content-type")).toStartWith("text/event-stream")
  expect([before, fake.listeners]).toEqual([1, 0])
})

test("ends when the server closes", async () => {
  const closing = Effect.runSync(Deferred.make<void>())
  const { get } = makeBoard({ closing: Deferred.await(closing) })
  const { until, ended } = makeReader(await get("/events?ids="))
  await until(": open", ": nothing")

  Effect.runSync(Deferred.succeed(closing, undefined))

  expect(await ended()).toBe(true)
})

test("knows no stream for what is no id", async () => {
  expect((await makeBoard().get("/events?job=nonsense")).status).toBe(404)
})

test("asks Bun to leave the quiet connection open", async () => {
  const { app } = makeBoard()
  const asked: Array<number> = []

  const response = await app.request(
    "/events?ids=",
    {},
    { timeout: (_: Request, seconds: number) => asked.push(seconds) }
  )

  expect(asked).toEqual([0])
  await response.body?.cancel()
})
