import { afterEach, beforeEach, expect, jest, test } from "bun:test"
import { createClient } from "../../src/client.ts"
import { settled } from "./clock.ts"
import { troubles } from "./troubles.ts"

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

const status = (rest: object = {}) => ({
  id: "1",
  jobId: "JOB_1",
  jobType: "bake",
  status: "in_progress",
  progress: { percent: 10, totalSteps: 2 },
  revision: 1,
  pollAfterMs: 2_000,
  ...rest
})

const answer = (data: object, tag: string) => Response.json({ data }, { headers: { etag: tag } })

type Reply = Response | Error | (() => Promise<Response>)

/** Answers in turn, and says when each request came, in milliseconds of the controlled clock. */
const serverOf = (...replies: Array<Reply>) => {
  const asked: Array<{ readonly at: number; readonly url: string; readonly tag: string | null }> = []
  const start = Date.now()
  const fetch = (async (url: string, { headers }: RequestInit) => {
    asked.push({ at: Date.now() - start, url, tag: new Headers(headers).get("if-none-match") })
    const reply = replies.shift()
    if (reply === undefined) throw new Error("more requests than expected")
    if (reply instanceof Error) throw reply
    return typeof reply === "function" ? reply() : reply
  }) as typeof globalThis.fetch
  return { asked, client: createClient({ fetch }) }
}

const done = status({ status: "completed", revision: 9, pollAfterMs: undefined })

test("asks at the pace that the server names, tells each change once, and stops at the end", async () => {
  const { asked, client } = serverOf(
    answer(status(), "a"),
    new Response(null, { status: 304 }),
    answer(status({ revision: 2, pollAfterMs: 5_000 }), "b"),
    answer(done, "c"),
    Response.json({ data: { ...done, result: { weight: 7 } } })
  )
  const told: Array<number> = []

  const job = await settled(client.waitFor("1", { holdMs: 0, onStatus: ({ revision }) => told.push(revision) }))

  expect(job.result).toEqual({ weight: 7 })
  expect(told).toEqual([1, 2, 9])
  expect(asked.map(({ tag }) => tag)).toEqual([null, "a", "a", "b", null])
  expect(asked.slice(0, 4).map(({ at }) => at)).toEqual([0, 2_000, 4_000, 9_000])
})

test("tells each change and the end behind a gateway that drops the tags", async () => {
  const reads = [
    status({ revision: 1, durationMs: 100 }),
    status({ revision: 1, durationMs: 2_100 }),
    status({ revision: 1, durationMs: 4_100, waitingFor: [{ code: "lane_paused" }] }),
    status({ revision: 2, durationMs: 6_100 }),
    done
  ]
  const { asked, client } = serverOf(...[...reads, done].map((data) => Response.json({ data })))
  const told: Array<unknown> = []

  await settled(
    client.waitFor("1", { onStatus: ({ revision, waitingFor }) => told.push([revision, waitingFor?.length]) })
  )

  expect(told).toEqual([
    [1, undefined],
    [1, 1],
    [2, undefined],
    [9, undefined]
  ])
  // With an empty tag the server would hold nothing. What changes with the clock alone is no news: this one was not held.
  expect(asked.filter(({ tag }) => tag !== null)).toEqual([])
  expect(asked[2]!.at - asked[1]!.at).toBeGreaterThanOrEqual(2_000)
})

test("has requests held, and asks by itself where nobody holds them", async () => {
  const held = () =>
    new Promise<Response>((resolve) => setTimeout(resolve, 20_000, new Response(null, { status: 304 })))
  const { asked, client } = serverOf(
    answer(status(), "a"),
    held,
    new Response(null, { status: 304 }),
    answer(done, "b"),
    Response.json({ data: done })
  )

  await settled(client.waitFor("1"))

  expect(asked.map(({ url }) => url).slice(0, 3)).toEqual([
    "/api/jobs/1/status",
    "/api/jobs/1/status?waitMs=20000",
    "/api/jobs/1/status?waitMs=20000"
  ])
  // The first answer is asked on at once; one that was not held waits for the pace.
  expect(asked.slice(0, 4).map(({ at }) => at)).toEqual([0, 0, 20_000, 22_000])
})

test("goes on through a lost network, a restart and a gateway that cuts held requests", async () => {
  const { asked, client } = serverOf(
    answer(status(), "a"),
    new TypeError("fetch failed"),
    new Response(null, { status: 503, headers: { "retry-after": "3" } }),
    new Response(null, { status: 504 }),
    answer(done, "b"),
    Response.json({ data: done })
  )

  expect((await settled(client.waitFor("1"))).status).toBe("completed")

  expect(asked.slice(0, 5).map(({ at }) => at)).toEqual([0, 0, 2_000, 5_000, 9_000])
  expect(asked[4]!.url).toBe("/api/jobs/1/status")
})

test("waits ten minutes at most, whatever it is told", async () => {
  const { asked, client } = serverOf(
    answer(status(), "a"),
    new Response(null, { status: 503, headers: { "retry-after": "3000000" } }),
    answer(done, "b"),
    Response.json({ data: done })
  )

  expect((await settled(client.waitFor("1"))).status).toBe("completed")

  expect(asked[2]!.at).toBeWithin(600_000, 601_000)
})

for (const [name, happen] of troubles) {
  test(`goes on through ${name}`, async () => {
    const trouble = async () => happen()
    const { client } = serverOf(
      trouble,
      answer(status(), "a"),
      trouble,
      answer(done, "b"),
      // The last look is as patient as those before.
      ...Array.from({ length: 4 }, () => trouble),
      Response.json({ data: done })
    )

    expect((await settled(client.waitFor("1"))).status).toBe("completed")
  })
}

test("goes on when there was no token for a moment", async () => {
  const tokens = [Promise.reject(new Error("no network")), "one", Promise.reject(new Error("no network"))]
  for (const token of tokens) if (typeof token !== "string") token.catch(() => undefined)
  const replies = [answer(status(), "a"), answer(done, "b"), Response.json({ data: done })]
  const client = createClient({
    token: () => tokens.shift() ?? "another",
    fetch: (async () => replies.shift()!) as unknown as typeof globalThis.fetch
  })

  expect((await settled(client.waitFor("1"))).status).toBe("completed")
})

test("stays aborted while a token is fetched and while an answer is read", async () => {
  const stop = new AbortController()
  const signedOut = createClient({
    token: () => {
      stop.abort(new Error("left the page"))
      throw new Error("no network")
    }
  })

  const failure = await settled(signedOut.get("1", { signal: stop.signal }).catch((error: unknown) => error))
  const another = new AbortController()
  const slow = (async () =>
    new Response(
      new ReadableStream({
        pull: (controller) => {
          another.abort(new Error("left the page"))
          controller.error(another.signal.reason)
        }
      })
    )) as never
  const cut = await settled(
    createClient({ fetch: slow })
      .get("1", { signal: another.signal })
      .catch((error: unknown) => error)
  )

  expect([failure, cut]).toMatchObject([{ message: "left the page" }, { message: "left the page" }])
})

test("says at once what can never be sent, without the secret in it", async () => {
  const nowhere = await settled(
    createClient()
      .waitFor("1")
      .catch((error: unknown) => error)
  )
  const broken = createClient({ baseUrl: "http://127.0.0.1:9", token: "cb_first\nsecond" })
  const unreadable = await settled(broken.waitFor("1").catch((error: unknown) => error))

  expect(nowhere).toMatchObject({ message: expect.stringContaining("createClient needs a baseUrl") })
  expect(unreadable).toMatchObject({ message: expect.stringContaining("no header can carry") })
  expect([String(unreadable), (unreadable as Error).cause]).toEqual([expect.not.stringContaining("second"), undefined])
})

test("gives up on what cannot pass, and when it is told to", async () => {
  const gone = serverOf(Response.json({ code: "JOB_NOT_FOUND", title: "There is no such job" }, { status: 404 }))
  const stopped = serverOf(answer(status(), "a"))
  const stop = new AbortController()

  const failure = await settled(gone.client.waitFor("1").catch((error: unknown) => error))
  const waiting = stopped.client.waitFor("1", { holdMs: 0, signal: stop.signal }).catch((error: unknown) => error)
  for (let turn = 0; turn < 50; turn++) await Promise.resolve()
  stop.abort(new Error("left the page"))

  expect(failure).toMatchObject({ name: "CallboardError", status: 404, code: "JOB_NOT_FOUND" })
  expect(await waiting).toMatchObject({ message: "left the page" })
  expect(stopped.asked).toHaveLength(1)
})

test("has two requests held at once in a page, and asks for the other jobs at their pace", async () => {
  const page = globalThis as { document?: object }
  page.document = {}
  const held = new Set<string>()
  let most = 0
  const looks: Array<string> = []
  const fetch = (async (url: string) => {
    looks.push(url)
    if (!url.includes("waitMs")) {
      const isOver = looks.filter((look) => look === url).length > 3
      return answer(isOver ? done : status(), isOver ? "b" : "a")
    }
    held.add(url)
    most = Math.max(most, held.size)
    await new Promise((resolve) => setTimeout(resolve, 20_000))
    held.delete(url)
    return answer(done, "b")
  }) as typeof globalThis.fetch
  const client = createClient({ fetch })

  const jobs = await settled(Promise.all(["1", "2", "3", "4"].map((id) => client.waitFor(id)))).finally(() => {
    delete page.document
  })

  expect(jobs).toHaveLength(4)
  expect(most).toBe(2)
  const asked = (id: string) => looks.filter((url) => url === `/api/jobs/${id}/status`).length
  expect(["1", "2", "3", "4"].map(asked)).toEqual([1, 1, 4, 4])
})
