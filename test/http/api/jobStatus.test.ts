import { expect } from "bun:test"
import { Deferred, Effect, Fiber, PubSub } from "effect"
import { TestClock } from "effect/testing"
import { it } from "../../support/effect.ts"
import { aJob, CREATED_AT } from "../builders.ts"
import { makeApi, readAnswer, toRequest } from "../calls.ts"

const LONGEST_WAIT = "waitMs=30000"

it.effect("answers what a poller needs and nothing large", () =>
  Effect.gen(function* () {
    yield* TestClock.setTime(Date.parse(CREATED_AT))
    const api = yield* makeApi
    const job = api.put(
      aJob({
        status: "in_progress",
        progress: { percent: 40, message: "18 of 40 photos", step: 1, totalSteps: 2, stepName: "upload" },
        error: { code: "TIMEOUT", message: "The portal was slow.", retryable: true },
        result: { text: "hello" },
        revision: 12
      })
    )

    const answer = yield* api.call("GET", `/api/jobs/${job.jobId}/status`)

    expect(answer.status).toBe(200)
    expect(answer.json).toEqual({
      data: {
        id: job.id,
        jobId: job.jobId,
        jobType: "greet",
        status: "in_progress",
        progress: { percent: 40, message: "18 of 40 photos", step: 1, totalSteps: 2, stepName: "upload" },
        error: { code: "TIMEOUT", message: "The portal was slow.", retryable: true },
        createdAt: CREATED_AT,
        revision: 12,
        pollAfterMs: 2_000
      }
    })
  })
)

it.effect("asks for slower polling as a job grows old, and for none when it has ended", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const job = api.put(aJob())
    const pollAfterAt = (ageMs: number) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(Date.parse(CREATED_AT) + ageMs)
        const { json } = yield* api.call("GET", `/api/jobs/${job.jobId}/status`)
        return (json as { readonly data: { readonly pollAfterMs?: number } }).data.pollAfterMs
      })

    expect(yield* pollAfterAt(0)).toBe(2_000)
    expect(yield* pollAfterAt(59_999)).toBe(2_000)
    expect(yield* pollAfterAt(60_000)).toBe(5_000)
    expect(yield* pollAfterAt(299_999)).toBe(5_000)
    expect(yield* pollAfterAt(300_000)).toBe(10_000)
    api.put({ ...job, status: "failed" })
    expect(yield* pollAfterAt(0)).toBeUndefined()
  })
)

it.effect("answers 304 to the ETag of the same state, however it is written", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const job = api.put(aJob({ revision: 3 }))
    const ask = (tag: string) => api.call("GET", `/api/jobs/${job.jobId}/status`, { headers: { "If-None-Match": tag } })
    const etag = (yield* api.call("GET", `/api/jobs/${job.jobId}/status`)).headers.get("ETag") ?? ""

    for (const tag of [etag, etag.replace("W/", ""), `"other", ${etag}`, "*"]) {
      const answer = yield* ask(tag)

      expect(answer.status).toBe(304)
      expect(answer.headers.get("ETag")).toBe(etag)
      expect(answer.json).toBeUndefined()
    }
    expect((yield* ask('W/"2"')).status).toBe(200)
    yield* api.change(job, { status: "in_progress" })
    expect((yield* ask(etag)).status).toBe(200)
  })
)

it.effect("has another ETag when the reason for waiting is another", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const job = api.put(aJob({ waitingFor: [{ code: "backoff" }] }))
    const tagNow = Effect.map(api.call("GET", `/api/jobs/${job.jobId}/status`), ({ headers }) => headers.get("ETag"))
    const before = yield* tagNow

    api.put({ ...job, waitingFor: [{ code: "pool_full" }] })

    expect(yield* tagNow).not.toBe(before)
  })
)

it.effect("has another ETag when anything about the reason is another, and the same one when nothing is", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const [one, two] = [aJob().jobId, aJob().jobId]
    const job = aJob()
    const tags = yield* Effect.forEach(
      [
        { code: "dependency" as const, jobs: [one, two] },
        { code: "dependency" as const, jobs: [two] },
        { code: "paused_lane" as const, by: "Ada" },
        { code: "paused_lane" as const, by: "Grace" },
        { code: "paused_lane" as const, by: "Ada" }
      ],
      (reason) => {
        api.put({ ...job, waitingFor: [reason] })
        return Effect.map(api.call("GET", `/api/jobs/${job.jobId}/status`), ({ headers }) => headers.get("ETag"))
      }
    )

    expect(new Set(tags).size).toBe(4)
    expect(tags[4]).toBe(tags[2]!)
  })
)

it.live("holds the request until the job changes", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const job = api.put(aJob())
    const other = api.put(aJob())
    const held = yield* Effect.forkChild(api.call("GET", `/api/jobs/${job.jobId}/status?${LONGEST_WAIT}`))
    yield* api.listening.await

    yield* api.change(other, { status: "in_progress" })
    yield* api.change(job, { status: "in_progress" })
    const answer = yield* Fiber.join(held)

    expect(answer.status).toBe(200)
    expect(answer.json).toMatchObject({ data: { status: "in_progress", revision: 2 } })
    expect(answer.headers.get("ETag")).toBe('W/"2"')
  })
)

it.live("answers at once when the job already differs from the ETag, or has ended", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const job = api.put(aJob({ revision: 5 }))
    const done = api.put(aJob({ status: "completed" }))

    const differs = yield* api.call("GET", `/api/jobs/${job.jobId}/status?${LONGEST_WAIT}`, {
      headers: { "If-None-Match": 'W/"4"' }
    })
    const ended = yield* api.call("GET", `/api/jobs/${done.jobId}/status?${LONGEST_WAIT}`)

    expect(differs.status).toBe(200)
    expect(ended.json).toMatchObject({ data: { status: "completed" } })
  })
)

it.live("does not lose a change between reading the job and listening for changes", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const job = api.put(aJob())
    api.reads.after = (count) => (count === 1 ? api.change(job, { status: "in_progress" }) : Effect.void)

    const answer = yield* api.call("GET", `/api/jobs/${job.jobId}/status?${LONGEST_WAIT}`, {
      headers: { "If-None-Match": 'W/"1"' }
    })

    expect(answer.json).toMatchObject({ data: { revision: 2 } })
  })
)

it.live("does not lose a change while it reads the job again", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const job = api.put(aJob())
    api.reads.after = (count) => (count === 2 ? api.change(job, { status: "in_progress" }) : Effect.void)

    const answer = yield* api.call("GET", `/api/jobs/${job.jobId}/status?${LONGEST_WAIT}`)

    expect(answer.json).toMatchObject({ data: { revision: 2 } })
  })
)

it.effect("reads at most four times a second however many gaps come, and once more after the last", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const job = api.put(aJob())
    const held = yield* Effect.forkChild(api.call("GET", `/api/jobs/${job.jobId}/status?${LONGEST_WAIT}`))
    yield* api.listening.await
    yield* TestClock.adjust("1 second")
    const gap = PubSub.publish(api.hub, { _tag: "Gap" })
    const before = api.reads.count

    yield* Effect.replicateEffect(Effect.andThen(gap, TestClock.adjust("20 millis")), 200)
    const readsUnderLoad = api.reads.count - before
    api.put({ ...job, status: "in_progress", revision: 2 })
    yield* gap
    yield* Effect.replicateEffect(TestClock.adjust("20 millis"), 20)
    const answer = yield* Fiber.join(held)

    expect(readsUnderLoad).toBeGreaterThan(4)
    expect(readsUnderLoad).toBeLessThanOrEqual(17)
    expect(answer.json).toMatchObject({ data: { revision: 2 } })
  })
)

it.live("answers with the unchanged state when the time is over", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const job = api.put(aJob())
    const path = `/api/jobs/${job.jobId}/status?waitMs=5`

    const plain = yield* api.call("GET", path)
    const conditional = yield* api.call("GET", path, { headers: { "If-None-Match": 'W/"1"' } })

    expect(plain.json).toMatchObject({ data: { revision: 1 } })
    expect(conditional.status).toBe(304)
  })
)

it.live("stops listening when the client goes away", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const job = api.put(aJob())
    const client = new AbortController()
    const request = toRequest("GET", `/api/jobs/${job.jobId}/status?${LONGEST_WAIT}`, { signal: client.signal })
    const answered = yield* Deferred.make<number>()
    yield* Effect.forkChild(
      Effect.promise(() => api.handler(request)).pipe(
        Effect.flatMap(({ status }) => Deferred.succeed(answered, status))
      )
    )
    yield* api.listening.await

    client.abort()

    yield* api.deaf.await
    expect(yield* Deferred.await(answered)).toBe(499)
  })
)

it.live("answers held requests when the server begins to close", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const job = api.put(aJob())
    const held = yield* Effect.forkChild(api.call("GET", `/api/jobs/${job.jobId}/status?${LONGEST_WAIT}`))
    yield* api.listening.await

    yield* api.beginClosing
    const answer = yield* Fiber.join(held)

    expect(answer.json).toMatchObject({ data: { revision: 1 } })
  })
)

it.live("answers no news to who is let in no longer", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const job = api.put(aJob())
    const key = { isRevoked: false }
    const request = toRequest("GET", `/api/jobs/${job.jobId}/status?${LONGEST_WAIT}`)
    const held = yield* Effect.forkChild(
      Effect.promise(() => api.handler(request, { refused: Effect.sync(() => key.isRevoked) })).pipe(
        Effect.flatMap(readAnswer)
      )
    )
    yield* api.listening.await

    key.isRevoked = true
    yield* api.change(job, { status: "in_progress" })
    const answer = yield* Fiber.join(held)

    expect(answer.status).toBe(401)
    expect(answer.json).toMatchObject({ code: "CREDENTIALS_REFUSED" })
  })
)

it.effect("refuses waits over 30 s", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const job = api.put(aJob())

    for (const waitMs of ["30001", "-1", "soon"]) {
      const answer = yield* api.call("GET", `/api/jobs/${job.jobId}/status?waitMs=${waitMs}`)

      expect(answer.json).toMatchObject({ status: 422, errors: [{ path: "waitMs" }] })
    }
  })
)

it.effect("is another answer as soon as it has another minute left", () =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const job = aJob({ status: "in_progress" })
    const tagWith = (etaMs?: number) => {
      api.put({ ...job, ...(etaMs !== undefined && { etaMs }) })
      return Effect.map(api.call("GET", `/api/jobs/${job.jobId}/status`), ({ headers }) => headers.get("etag"))
    }

    const [unknown, first, same, less] = yield* Effect.forEach([undefined, 119_000, 61_000, 60_000], tagWith)

    expect(same).toBe(first!)
    expect(new Set([unknown, first, less]).size).toBe(3)
  })
)
