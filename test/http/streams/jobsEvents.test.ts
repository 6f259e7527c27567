import { expect } from "bun:test"
import { Deferred, Effect } from "effect"
import { localCaller } from "../../../src/domain/Caller.ts"
import { eventually } from "../../support/CallboardProcess.ts"
import { it } from "../../support/effect.ts"
import { at } from "../../support/FakeJobs.ts"
import { setBack } from "../../support/wallClock.ts"
import { readAnswer } from "../calls.ts"
import { type Event, makeStreams, openStream, readEvents } from "./streamApi.ts"

const ids = (events: ReadonlyArray<Event>) => events.map(({ data, event }) => (event === "job" ? data.id : event))

/** A stream that has told its start. */
const follow = (
  { handler }: Effect.Success<ReturnType<Effect.Success<typeof makeStreams>["serve"]>>,
  query = "",
  caller = localCaller
) =>
  Effect.gen(function* () {
    const events = readEvents(yield* openStream(handler, `/api/events${query}`, { caller }))
    expect((yield* events.next)?.data).toEqual({ reason: "start" })
    return events
  })

it.live("tells every change of a job of the organisation, and nothing of another one", () =>
  Effect.gen(function* () {
    const { fake, serve } = yield* makeStreams
    const events = yield* Effect.flatMap(serve(), follow)
    const [own, other] = [fake.seed({ labels: ["vip"] }), fake.seed({ organisationId: "other" })]

    fake.change(other.id, { status: "failed" })
    fake.change(own.id, { status: "in_progress", result: { large: true } })
    const event = yield* events.next
    yield* events.close

    expect(event?.event).toBe("job")
    expect(event?.data).toMatchObject({ id: own.id, status: "in_progress", revision: 2, labels: ["vip"] })
    expect(event?.data).not.toContainKeys(["input", "result"])
  })
)

it.live("keeps to its filter, and tells of a job once more when it leaves the status", () =>
  Effect.gen(function* () {
    const { fake, serve } = yield* makeStreams
    const process = yield* serve()
    const batchId = Bun.randomUUIDv7()
    const running = fake.seed({ status: "in_progress", lane: "default" })
    const cases = [
      ["?status=in_progress", {}],
      ["?jobType=special", { jobType: "special" }],
      ["?lane=quick", { lane: "quick" as const }],
      ["?restaurantId=roma", { restaurantId: "roma" }],
      // Some platforms write UUIDs in capitals.
      [`?batchId=${batchId.toUpperCase()}`, { batchId }],
      ["?label=vip", { labels: ["other", "vip"] }]
    ] as const
    const streams = yield* Effect.forEach(cases, ([query]) => follow(process, query))
    const jobs = cases.map(([, fields]) => fake.seed(fields))
    const byIds = yield* follow(process, `?ids=${jobs[0]!.id.toUpperCase()},${jobs[1]!.jobId}`)

    for (const { id } of jobs) fake.change(id, {})
    const told = yield* Effect.forEach(streams.slice(1), ({ next }) => next)
    const named = yield* byIds.take(2)
    fake.change(running.id, { status: "completed" })
    fake.change(jobs[0]!.id, { status: "in_progress" })
    const ofStatus = yield* streams[0]!.take(2)
    yield* Effect.forEach([...streams, byIds], ({ close }) => close)

    expect(told.map((event) => event?.data.id)).toEqual(jobs.slice(1).map(({ id }) => id))
    expect(ids(named)).toEqual([jobs[0]!.id, jobs[1]!.id])
    expect(ofStatus.map(({ data }) => [data.id, data.status])).toEqual([
      [running.id, "completed"],
      [jobs[0]!.id, "in_progress"]
    ])
  })
)

it.live("goes on telling when the clock is set back", () =>
  Effect.gen(function* () {
    const { fake, serve } = yield* makeStreams
    const events = yield* Effect.flatMap(serve(), follow)
    const [before, after] = [fake.seed(), fake.seed()]
    fake.tell({ _tag: "Gap" })
    fake.change(before.id, { status: "in_progress" })
    const first = yield* events.next

    yield* setBack
    fake.tell({ _tag: "Gap" })
    fake.change(after.id, { status: "in_progress" })
    const second = yield* events.next
    yield* events.close

    expect(ids([first!, second!])).toEqual([before.id, after.id])
  })
)

it.live("goes on in another process with what changed meanwhile", () =>
  Effect.gen(function* () {
    const { fake, serve } = yield* makeStreams
    const events = yield* Effect.flatMap(serve(), follow)
    const [before, same, meanwhile] = [fake.seed(), fake.seed(), fake.seed()]
    fake.change(before.id, { updatedAt: at(Date.now()) })
    const last = yield* events.next
    yield* events.close

    fake.change(meanwhile.id, { status: "completed", updatedAt: at(Date.now()) })
    const { handler } = yield* serve()
    const again = readEvents(yield* openStream(handler, "/api/events", { lastEventId: last!.id }))
    const found = yield* again.take(2)
    yield* again.close

    expect(ids(found)).toContain(meanwhile.id)
    expect(ids(found)).not.toContain(same.id)
  })
)

it.live("tells what changed without news, or says that it cannot know", () =>
  Effect.gen(function* () {
    const { fake, serve } = yield* makeStreams
    const events = yield* Effect.flatMap(serve(), follow)
    const silent = fake.seed({ updatedAt: at(Date.now()) })

    fake.tell({ _tag: "Gap" })
    const found = yield* events.next
    for (let count = 0; count < 200; count++) fake.seed()
    fake.tell({ _tag: "Many", dueInMs: new Map(), cancelRequested: [] })
    const unsure = yield* events.next
    yield* events.close

    expect(found?.data.id).toBe(silent.id)
    expect(unsure).toMatchObject({ event: "reset", data: { reason: "gap" } })
  })
)

it.live("says once that it has begun, and nothing of a gap where there was none", () =>
  Effect.gen(function* () {
    const { fake, serve } = yield* makeStreams
    // More than one look shows: with a gap, nobody could know what changed.
    const jobs = Array.from({ length: 201 }, () => fake.seed())
    const events = yield* Effect.flatMap(serve(), follow)

    fake.change(jobs[0]!.id, { status: "in_progress" })
    const event = yield* events.next
    yield* events.close

    expect(event?.data).toMatchObject({ id: jobs[0]!.id, status: "in_progress" })
  })
)

it.live("tells a slow reader to look again, instead of keeping what it has not read", () =>
  Effect.gen(function* () {
    const { fake, serve } = yield* makeStreams
    const process = yield* serve()
    const events = yield* follow(process)
    const quick = yield* follow(process)
    const jobs = Array.from({ length: 300 }, () => fake.seed())

    // Far more than all buffers on the way hold, and no change before the last one was told: else two become one.
    const changed = jobs.slice(0, 200)
    for (let revision = 2; revision <= 16; revision++) {
      for (const { id } of changed) fake.change(id, { clientRef: "x".repeat(200) })
      const isLast = ({ data }: Event) => data.id === changed.at(-1)!.id && data.revision === revision
      for (let event = yield* quick.next; !isLast(event!); ) event = yield* quick.next
    }
    yield* quick.close
    const told: Array<Event> = []
    for (let event = yield* events.next; event !== undefined; event = yield* events.next) {
      told.push(event)
      if (event.event === "reset") break
    }
    yield* events.close

    expect(told.at(-1)?.event).toBe("reset")
    expect(told.length).toBeLessThan(2_000)
  })
)

it.live("reads a change once for all streams of a caller", () =>
  Effect.gen(function* () {
    const { fake, serve } = yield* makeStreams
    const process = yield* serve()
    const streams = yield* Effect.forEach([1, 2, 3], () => follow(process))
    const stranger = yield* follow(process, "", { ...localCaller, subject: "else" })
    const { id } = fake.seed()

    fake.change(id, {})
    const told = yield* Effect.forEach([...streams, stranger], ({ next }) => next)

    expect(told.map((event) => event?.data.id)).toEqual([id, id, id, id])
    expect(fake.listeners).toBe(2)
    yield* Effect.forEach([...streams, stranger], ({ close }) => close)
  })
)

it.live("refuses a filter that it does not know, and answers HEAD without a stream", () =>
  Effect.gen(function* () {
    const { fake, serve } = yield* makeStreams
    const { handler } = yield* serve()

    const unknown = yield* Effect.flatMap(openStream(handler, "/api/events?colour=red"), readAnswer)
    const wrong = yield* Effect.flatMap(openStream(handler, "/api/events?ids=1"), readAnswer)
    const head = yield* Effect.promise(() =>
      handler(new Request("http://localhost:3000/api/events", { method: "HEAD" }))
    )
    yield* eventually(Effect.sync(() => fake.listeners === 0 || undefined))

    expect([unknown.status, wrong.status, head.status]).toEqual([422, 422, 200])
    expect(head.headers.get("content-type")).toStartWith("text/event-stream")
  })
)

it.live("ends when its reader is let in no longer, and so does the stream of one job", () =>
  Effect.gen(function* () {
    const { fake, serve } = yield* makeStreams
    const { handler } = yield* serve()
    const refused = yield* Deferred.make<void>()
    const gone = Deferred.await(refused)
    const all = readEvents(yield* openStream(handler, "/api/events", { gone }))
    const one = readEvents(yield* openStream(handler, `/api/jobs/${fake.seed().id}/events`, { gone }))
    yield* all.next
    yield* one.next

    yield* Deferred.succeed(refused, undefined)

    expect((yield* all.rest).map(({ event }) => event)).toEqual([])
    yield* one.rest
  })
)
