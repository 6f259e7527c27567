import { expect, jest, test } from "bun:test"
import { Effect } from "effect"
import { CallboardError, createClient, type JobEvent } from "../../src/client.ts"
import { makeApi } from "../http/calls.ts"
import { it } from "../support/effect.ts"

/** A client of the real routes over fakes; `breaks` fails the next requests on their way back. */
const makeClient = Effect.gen(function* () {
  const api = yield* makeApi
  const way = { breaks: 0, requests: [] as Array<Request> }
  const fetch = (async (url: string, init: RequestInit) => {
    const request = new Request(url, init)
    way.requests.push(request.clone())
    const response = await api.handler(request)
    if (way.breaks-- > 0) throw new TypeError("fetch failed")
    return response
  }) as typeof globalThis.fetch
  const client = createClient({ baseUrl: "http://localhost:3000/", token: () => "cb_secret", fetch })
  return { ...api, way, client }
})

it.live("creates one job, although its answer got lost", () =>
  Effect.gen(function* () {
    const { client, requests, way } = yield* makeClient
    way.breaks = 1

    const job = yield* Effect.promise(() => client.create("greet", { name: "Ada" }, { labels: ["first"] }))

    expect(job).toMatchObject({ jobType: "greet", status: "pending" })
    expect(way.requests).toHaveLength(2)
    expect(new Set(way.requests.map(({ headers }) => headers.get("idempotency-key"))).size).toBe(1)
    expect(requests[0]!.request).toMatchObject({ labels: ["first"] })
    expect(way.requests.map(({ headers }) => headers.get("authorization"))).toEqual([
      "Bearer cb_secret",
      "Bearer cb_secret"
    ])
  })
)

it.live("says what was wrong with a request", () =>
  Effect.gen(function* () {
    const { client } = yield* makeClient

    const refused = yield* Effect.promise(() => client.create("greet", { name: 7 }).catch((error: unknown) => error))

    expect(refused).toBeInstanceOf(CallboardError)
    expect(refused).toMatchObject({ status: 422, code: "VALIDATION_FAILED", errors: [{ path: "input.name" }] })
    expect((refused as Error).message).toMatch(/ input\.name: Expected string/)
  })
)

it.live("looks at jobs, stops them, runs them again and removes them", () =>
  Effect.gen(function* () {
    const { client, lists } = yield* makeClient
    const seen = yield* Effect.promise(async () => {
      const { id } = await client.create("greet", { name: "Ada" })
      const listed = await client.list({
        status: ["pending", "failed"],
        jobType: "greet",
        createdAfter: new Date("2020-01-01")
      })
      const cancelled = await client.cancel(id)
      const again = await client.retry(id, { from: "start" })
      await client.cancel(id)
      const whole = await client.get(id)
      const small = await client.status(id)
      const types = await client.types()
      const [logs, files] = [await client.logs(id, { limit: 5 }), await client.artifacts(id)]
      await client.remove(id)
      const gone = await client.get(id).catch((error: CallboardError) => error.code)
      return { listed, cancelled, again, whole, small, types, logs, files, gone }
    })

    expect(seen.listed.data).toBeArray()
    expect(lists[0]!.filter).toMatchObject({ jobType: "greet", createdAfter: new Date("2020-01-01") })
    expect(lists[0]!.filter.status).toContain("failed")
    expect(seen.cancelled.status).toBe("cancelled")
    expect(seen.again.status).toBe("pending")
    expect(seen.whole.steps).toBeArray()
    expect(seen.small.status).toBe("cancelled")
    expect(seen.types.map(({ jobType }) => jobType)).toContain("greet")
    expect([seen.logs, seen.files].every(Array.isArray)).toBe(true)
    expect(seen.gone).toBe("JOB_NOT_FOUND")
  })
)

/** A client that keeps what it sends, and is answered with this. */
const sending = (answer: () => Response | Promise<Response>) => {
  const sent: Array<readonly [method: string, path: string, accept: string | null, body: unknown]> = []
  const fetch = (async (url: string, init: RequestInit) => {
    const { body, headers, method, signal } = new Request(new URL(url, "http://localhost"), init)
    const text = body === null ? "" : await new Response(body).text()
    sent.push([method, url, headers.get("accept"), text === "" ? undefined : JSON.parse(text)])
    signal.throwIfAborted()
    return answer()
  }) as typeof globalThis.fetch
  return { sent, client: createClient({ fetch }) }
}

test("answers what a job asks", async () => {
  const { client, sent } = sending(() => Response.json({ data: { id: "1", status: "in_progress" } }))

  expect(await client.answer("JOB 1", "prompt-7", true)).toMatchObject({ status: "in_progress" })

  expect(sent).toEqual([["POST", "/api/jobs/JOB%201/input", "application/json", { promptId: "prompt-7", value: true }]])
})

test("gives the bytes of a file as they come", async () => {
  const { client, sent } = sending(() => new Response("a,b\n", { headers: { "content-type": "text/csv" } }))

  const file = await client.artifact("1", "menu of Rome.csv")

  expect([file.headers.get("content-type"), await file.text()]).toEqual(["text/csv", "a,b\n"])
  expect(sent).toEqual([["GET", "/api/jobs/1/artifacts/menu%20of%20Rome.csv", "*/*", undefined]])
})

test("stops a call that is aborted, and does not send it again", async () => {
  const stop = new AbortController()
  const { client, sent } = sending(() => {
    stop.abort(new Error("left the page"))
    throw new TypeError("fetch failed")
  })

  const failure = await client.create("bake", {}, { signal: stop.signal }).catch((error: unknown) => error)

  expect(failure).toMatchObject({ message: "left the page" })
  expect(sent).toHaveLength(1)
})

/** One second of the controlled clock. */
const tick = async () => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  jest.advanceTimersByTime(1_000)
}

const sse = (...parts: Array<string>) =>
  new Response(new Blob(parts).stream(), { headers: { "content-type": "text/event-stream" } })

const event = (id: string, name: string, data: object) => `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`

test("gives each event once, over a stream that breaks in the middle of one", async () => {
  const whole = event("2", "log", { message: "line: two" })
  const replies = [
    sse("retry: 2000\n: open\n\n", event("1", "status", { status: "in_progress" }), whole.slice(0, 20)),
    sse(whole, event("3", "status", { status: "completed" }), event("4", "log", { message: "never" }))
  ]
  const asked: Array<string | null> = []
  const fetch = (async (_url: string, { headers }: RequestInit) => {
    asked.push(new Headers(headers).get("last-event-id"))
    return replies.shift()!
  }) as typeof globalThis.fetch

  const seen: Array<JobEvent> = []
  let breaks = 0
  for await (const each of createClient({ fetch }).events("1", { onBreak: () => breaks++ })) seen.push(each)

  expect(seen.map(({ event, id }) => [id, event])).toEqual([
    ["1", "status"],
    ["2", "log"],
    ["3", "status"]
  ])
  expect(seen[1]!.data).toEqual({ message: "line: two" } as never)
  expect(asked).toEqual([null, "1"])
  expect(breaks).toBe(1)
})

test("opens the stream again when nothing comes of it any more, although nobody ended it", async () => {
  jest.useFakeTimers()
  const silent = new Response(new ReadableStream(), { headers: { "content-type": "text/event-stream" } })
  const replies = [silent, sse(event("3", "status", { status: "completed" }))]
  const fetch = (async () => replies.shift()!) as unknown as typeof globalThis.fetch

  const first = createClient({ fetch }).events("1").next()
  // 44 s are three comments of the server; they may be late.
  for (let second = 0; second < 44; second++) await tick()
  const early = replies.length
  for (let second = 0; second < 4; second++) await tick()
  jest.useRealTimers()

  expect(early).toBe(1)
  expect((await first).value).toMatchObject({ id: "3" })
})
