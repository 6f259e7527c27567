import { expect } from "bun:test"
import { Effect } from "effect"
import { localCaller } from "../../../src/domain/Caller.ts"
import type { JobId } from "../../../src/domain/JobId.ts"
import { JobsUnavailable } from "../../../src/domain/Jobs.ts"
import { StreamPlaces } from "../../../src/http/streams/StreamPlaces.ts"
import { eventually } from "../../support/CallboardProcess.ts"
import { it } from "../../support/effect.ts"
import { at, type FakeJobs } from "../../support/FakeJobs.ts"
import { setBack } from "../../support/wallClock.ts"
import { aJob } from "../builders.ts"
import { makeApi, readAnswer } from "../calls.ts"
import { type Event, makeStreams, openStream, readEvents } from "./streamApi.ts"

const names = (events: ReadonlyArray<Event>) => events.map(({ event }) => event)

const START_MS = Date.parse("2026-03-01T10:00:00Z")

/** What the script of a running job does, one after the other. */
const script = (fake: FakeJobs, id: JobId) => {
  let seconds = 0
  const now = () => at(START_MS + seconds++ * 1_000)
  const begin = (name: string, step: number) => {
    const history = fake.histories.get(id) ?? { attempts: [], steps: [], prompts: [] }
    fake.histories.set(id, {
      ...history,
      steps: [...history.steps, { name, attempt: 1, startedAt: now(), kept: false }]
    })
    fake.change(id, { status: "in_progress", progress: { percent: step * 10, step, totalSteps: 9, stepName: name } })
  }
  const finish = (name: string) => {
    const history = fake.histories.get(id)!
    const steps = history.steps.map((step) =>
      step.name === name ? { ...step, endedAt: now(), outcome: "completed" as const, kept: true } : step
    )
    fake.histories.set(id, { ...history, steps })
    fake.change(id, {})
  }
  const end = () =>
    fake.change(id, { status: "completed", progress: { percent: 100, totalSteps: 9 }, completedAt: now() })
  return { begin, finish, end, now }
}

it.live("tells the state at once, then each change, and ends behind the end of the job", () =>
  Effect.gen(function* () {
    const { fake, serve } = yield* makeStreams
    const { handler } = yield* serve()
    const { id, jobId } = fake.seed()
    const { begin, end, finish } = script(fake, id)
    fake.log(id, "before anybody looked")

    const response = yield* openStream(handler, `/api/jobs/${jobId}/events`)
    const events = readEvents(response)
    const start = yield* events.take(3)
    begin("say", 1)
    const running = yield* events.take(3)
    fake.artifacts.add(id, "greeting.txt", "hello")
    fake.log(id, "said it")
    finish("say")
    const said = yield* events.take(3)
    end()
    const last = yield* events.rest

    expect(response.headers.get("content-type")).toStartWith("text/event-stream")
    expect(names(start)).toEqual(["status", "progress", "log"])
    expect(start[0]?.data).toMatchObject({ id, jobId, status: "pending" })
    expect(start[2]?.data).toMatchObject({ message: "before anybody looked" })
    expect(names(running)).toEqual(["status", "progress", "step"])
    expect(running[2]?.data).toMatchObject({ name: "say", startedAt: "2026-03-01T10:00:00.000Z" })
    expect(names(said).toSorted()).toEqual(["artifact", "log", "step"])
    expect(names(last)).toEqual(["progress", "status"])
    expect(last[1]?.data).toMatchObject({ status: "completed" })
  })
)

it.live("goes on telling when the clock is set back", () =>
  Effect.gen(function* () {
    const { fake, serve } = yield* makeStreams
    const { handler } = yield* serve()
    const { id } = fake.seed()
    const { begin } = script(fake, id)
    const events = readEvents(yield* openStream(handler, `/api/jobs/${id}/events`))
    yield* events.take(2)

    yield* setBack
    begin("say", 1)

    expect(names(yield* events.take(3))).toEqual(["status", "progress", "step"])
    yield* events.close
  })
)

it.live("goes on in another process where a reader left off, with nothing missing and nothing twice", () =>
  Effect.gen(function* () {
    const { fake, serve } = yield* makeStreams
    const { id } = fake.seed()
    const { begin, end, finish, now } = script(fake, id)
    begin("say", 1)
    fake.log(id, "one")
    fake.artifacts.add(id, "one.txt", "1", { createdAt: now() })
    finish("say")
    begin("again", 2)
    fake.log(id, "two")
    fake.artifacts.add(id, "two.txt", "2", { createdAt: now() })
    const path = `/api/jobs/${id}/events`
    const key = ({ data, event }: Event) => `${event} ${data.message ?? data.name ?? data.status ?? data.percent}`

    // Each reader takes one event more than the one before it, and each comes back to a fresh process.
    const whole: Array<string> = []
    let lastEventId: string | undefined
    for (let count = 0; count < 8; count++) {
      const { handler } = yield* serve()
      const events = readEvents(yield* openStream(handler, path, lastEventId === undefined ? {} : { lastEventId }))
      const event = (yield* events.next)!
      yield* events.close
      whole.push(key(event))
      lastEventId = event.id
    }
    fake.log(id, "three")
    finish("again")
    end()
    const { handler } = yield* serve()
    const rest = yield* readEvents(yield* openStream(handler, path, { lastEventId: lastEventId! })).rest
    const over = yield* openStream(handler, path, { lastEventId: rest.at(-1)!.id })

    expect([...whole, ...rest.map(key)]).toEqual([
      "status in_progress",
      "progress 20",
      "step say",
      "step again",
      "artifact one.txt",
      "artifact two.txt",
      "log one",
      "log two",
      "progress 100",
      "step again",
      "log three",
      "status completed"
    ])
    expect(over.status).toBe(204)
  })
)

it.live("sends every line of a long log, also those that came while nobody read", () =>
  Effect.gen(function* () {
    const { fake, serve } = yield* makeStreams
    const { handler } = yield* serve()
    const { id } = fake.seed({ status: "in_progress" })
    const path = `/api/jobs/${id}/events`
    fake.log(id, "0")
    const first = readEvents(yield* openStream(handler, path))
    const [, , line] = yield* first.take(3)
    yield* first.close

    for (let number = 1; number <= 450; number++) fake.log(id, String(number))
    script(fake, id).end()
    const events = yield* readEvents(yield* openStream(handler, path, { lastEventId: line!.id })).rest

    const messages = events.filter(({ event }) => event === "log").map(({ data }) => data.message)
    expect(messages).toEqual(Array.from({ length: 450 }, (_, index) => String(index + 1)))
    expect(names(events).at(-1)).toBe("status")
  })
)

it.live("says what a job asks, and that it asks no longer", () =>
  Effect.gen(function* () {
    const { fake, serve } = yield* makeStreams
    const { handler } = yield* serve()
    const { id } = fake.seed({ status: "in_progress" })
    const events = readEvents(yield* openStream(handler, `/api/jobs/${id}/events`))
    yield* events.take(2)
    const prompt = {
      id: Bun.randomUUIDv7() as never,
      kind: "otp" as const,
      label: "Code",
      attempt: 1,
      timesAsked: 1,
      askedAt: at(START_MS),
      deadline: at(START_MS)
    }

    const asked = fake.change(id, { prompt })
    const open = yield* events.next
    const { prompt: _, ...answered } = asked
    fake.jobs.set(id, answered)
    fake.change(id, {})
    const closed = yield* events.next
    yield* events.close

    expect(open).toMatchObject({ event: "prompt", data: { prompt: { label: "Code" } } })
    expect(closed).toMatchObject({ event: "prompt", data: {} })
    expect(closed?.data.prompt).toBeUndefined()
  })
)

it.live("says that a job was removed, and ends when the server closes", () =>
  Effect.gen(function* () {
    const { fake, serve } = yield* makeStreams
    const { close, handler } = yield* serve()
    const [gone, stays] = [fake.seed(), fake.seed()]
    const ofGone = readEvents(yield* openStream(handler, `/api/jobs/${gone.id}/events`))
    const ofStays = readEvents(yield* openStream(handler, `/api/jobs/${stays.id}/events`))
    yield* ofGone.take(2)
    yield* ofStays.take(2)

    fake.jobs.delete(gone.id)
    fake.tell({ _tag: "Gap" })
    const last = yield* ofGone.rest
    yield* close
    const after = yield* ofStays.rest

    expect(names(last)).toEqual(["removed"])
    expect(after).toEqual([])
  })
)

it.live("knows no job of another organisation", () =>
  Effect.gen(function* () {
    const { fake, serve } = yield* makeStreams
    const { handler } = yield* serve()
    const { id } = fake.seed()
    const caller = { ...localCaller, organisationId: "other" }

    const answer = yield* Effect.flatMap(openStream(handler, `/api/jobs/${id}/events`, { caller }), readAnswer)

    expect(answer.status).toBe(404)
    expect(answer.json).toMatchObject({ code: "JOB_NOT_FOUND" })
  })
)

it.live("begins from the start for an id that is none", () =>
  Effect.gen(function* () {
    const { fake, serve } = yield* makeStreams
    const { handler } = yield* serve()
    const { id } = fake.seed()

    for (const lastEventId of ["12", "-", "1.2.3.4.5.6", "x".repeat(9_000)]) {
      const events = readEvents(yield* openStream(handler, `/api/jobs/${id}/events`, { lastEventId }))
      expect(names(yield* events.take(2))).toEqual(["status", "progress"])
      yield* events.close
    }
  })
)

it.live("refuses more streams than a caller may have, and gives the places of closed ones back", () =>
  Effect.gen(function* () {
    const { fake, serve } = yield* makeStreams
    const { handler } = yield* serve(StreamPlaces.layerWith({ ofCaller: 2, ofProcess: 3 }))
    const { id } = fake.seed()
    const open = (subject: string) =>
      Effect.gen(function* () {
        const response = yield* openStream(handler, `/api/jobs/${id}/events`, { caller: { ...localCaller, subject } })
        if (response.status !== 200) return { status: response.status, answer: yield* readAnswer(response) }
        const events = readEvents(response)
        yield* events.first
        return { status: 200, events }
      })

    const first = yield* open("a")
    const statuses = [(yield* open("a")).status]
    const refused = yield* open("a")
    statuses.push((yield* open("b")).status)
    const full = yield* open("c")
    yield* first.events!.close
    yield* eventually(Effect.sync(() => fake.listeners <= 2 || undefined))
    const again = yield* open("a")

    expect(statuses).toEqual([200, 200])
    expect(refused.answer?.json).toMatchObject({ status: 429, code: "TOO_MANY_STREAMS" })
    expect(refused.answer?.headers.get("retry-after")).toBe("10")
    expect(full.answer?.json).toMatchObject({ status: 503, code: "SERVER_BUSY" })
    expect(full.answer?.headers.get("retry-after")).toBe("5")
    expect(again.status).toBe(200)
  })
)

it.live("waits for a database that is away, instead of ending", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const job = api.put(aJob())
    api.reads.after = (count) =>
      Effect.sync(() => {
        // The request itself still works.
        if (count === 1) api.reads.fails = new JobsUnavailable({ operation: "get", cause: "away" })
      })
    const events = readEvents(yield* openStream(api.handler, `/api/jobs/${job.id}/events`))
    const open = yield* events.first
    yield* api.listening.await

    api.reads.fails = undefined
    const first = yield* events.next
    yield* events.close

    expect(open).toContain(": open")
    expect(first).toMatchObject({ event: "status", data: { id: job.id } })
  })
)
