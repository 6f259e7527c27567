import { afterAll, afterEach, beforeAll, expect, jest, test } from "bun:test"
import { environmentManager, focusManager, QueryClient } from "@tanstack/react-query"
import { jobQueries } from "../../../src/client/react/JobQueries.ts"
import type { JobsClient } from "../../../src/client/react/JobsClient.ts"
import type { TrackedJob } from "../../../src/client/react/TrackedJob.ts"
import { takeClock } from "../clock.ts"
import { troubles } from "../troubles.ts"
import { createClient, type JobEvent, jobKeys } from "./pages/callboard.ts"

// It asks by itself only where it takes itself to be in a browser.
beforeAll(() => environmentManager.setIsServer(() => false))
afterAll(() => environmentManager.setIsServer(() => true))
afterEach(() => void jest.useRealTimers())

const view = (id: string, revision: number) => ({
  id,
  jobId: id,
  jobType: "bake",
  status: "in_progress",
  progress: { percent: revision, totalSteps: 2 },
  createdAt: "2026-11-22T06:30:00.000Z",
  revision,
  pollAfterMs: 2_000
})

/** Each request takes the next revision. */
const queriesOf = (...revisions: Array<number>) => {
  const fetch = (async (url: string) =>
    Response.json({ data: view(url.split("/")[3]!, revisions.shift() ?? 1) })) as typeof globalThis.fetch
  const queryClient = new QueryClient()
  const client: JobsClient = createClient({ fetch })
  const queries = jobQueries(client, queryClient)
  const known = (id: string) => queryClient.getQueryData<TrackedJob>(jobKeys.job(id))
  const look = async (id: string) => {
    const leave = queries.subscribe(id, true, () => undefined)
    await queryClient.getQueryCache().find({ queryKey: jobKeys.job(id) })?.promise
    return leave
  }
  return { client, known, look, queries, queryClient }
}

test("keeps the newer of two answers, whichever comes last", async () => {
  const { known, look, queries } = queriesOf(7, 5, 8)

  const leave = await look("1")
  await queries.refetch("1")
  const afterOld = known("1")?.progress.percent
  await queries.refetch("1")
  leave()

  expect(afterOld).toBe(7)
  expect(known("1")?.progress.percent).toBe(8)
})

test("knows the newest hundred of the jobs that nobody shows any more, and those that are shown", async () => {
  const { known, look, queryClient } = queriesOf()
  const stay = await look("shown")

  for (let n = 0; n < 105; n++) (await look(`job-${n}`))()

  expect(queryClient.getQueryCache().findAll({ queryKey: jobKeys.all, type: "inactive" })).toHaveLength(100)
  expect(known("shown")).toBeDefined()
  expect(known("job-104")).toBeDefined()
  stay()
})

test("is the same for all providers with one client and one cache", () => {
  const { client, queries, queryClient } = queriesOf()

  expect(jobQueries(client, queryClient)).toBe(queries)
  expect(jobQueries(client, new QueryClient())).not.toBe(queries)
})

for (const [status, revision] of [
  [401, 8],
  [403, undefined]
] as const) {
  test(`${revision ? "asks" : "does not ask"} again after ${status} when somebody looks at the page again`, async () => {
    const replies = [() => Response.json({ title: "No" }, { status }), () => Response.json({ data: view("1", 8) })]
    const queryClient = new QueryClient()
    queryClient.mount()
    const queries = jobQueries(createClient({ fetch: (async () => replies.shift()!()) as never }), queryClient)
    const leave = queries.subscribe("1", true, () => undefined)
    const settled = async () => {
      for (let turn = 0; turn < 100; turn++) await Promise.resolve()
    }
    await settled()

    focusManager.setFocused(false)
    focusManager.setFocused(true)
    await settled()
    leave()
    queryClient.unmount()
    focusManager.setFocused(undefined)

    expect(queryClient.getQueryData<TrackedJob>(jobKeys.job("1"))?.revision).toBe(revision)
  })
}

/** Moves the controlled clock so many seconds. */
const pass = async (seconds: number) => {
  for (let n = 0; n < seconds; n++) {
    for (let turn = 0; turn < 30; turn++) await Promise.resolve()
    jest.advanceTimersByTime(1_000)
  }
}

for (const [name, happen] of troubles) {
  test(`asks again after ${name}`, async () => {
    jest.useFakeTimers()
    const replies = [happen, () => Response.json({ data: view("1", 4) }), happen]
    const fetch = (async () => (replies.shift() ?? (() => Response.json({ data: view("1", 8) })))()) as never
    const queryClient = new QueryClient()
    const leave = jobQueries(createClient({ fetch }), queryClient).subscribe("1", true, () => undefined)

    await pass(9)
    leave()

    expect(queryClient.getQueryData<TrackedJob>(jobKeys.job("1"))?.revision).toBe(8)
  })
}

test("asks again when a question is not answered at all", async () => {
  const giveBack = takeClock()
  const replies = [new Promise<Response>(() => undefined), Promise.resolve(Response.json({ data: view("1", 8) }))]
  const queryClient = new QueryClient()
  const client = createClient({ fetch: (() => replies.shift()!) as never })
  const leave = jobQueries(client, queryClient).subscribe("1", true, () => undefined)

  await pass(18)
  leave()
  giveBack()

  expect(queryClient.getQueryData<TrackedJob>(jobKeys.job("1"))?.revision).toBe(8)
})

test("polls beside a live stream for as long as what the stream told of could not be read", async () => {
  jest.useFakeTimers()
  const replies = [
    () => Response.json({ data: view("1", 1) }),
    () => new Response(null, { status: 503 }),
    () => Response.json({ data: view("1", 8) })
  ]
  const client: JobsClient = {
    ...createClient({ fetch: (async () => replies.shift()!()) as never }),
    events: async function* (): AsyncGenerator<JobEvent, void> {
      yield { event: "progress", id: "1", data: { percent: 1, totalSteps: 2 } }
      await new Promise((resolve) => setTimeout(resolve, 500))
      yield { event: "prompt", id: "2", data: {} }
      await new Promise(() => undefined)
    }
  }
  const queryClient = new QueryClient()
  const queries = jobQueries(client, queryClient)
  const leave = queries.subscribe("1", true, () => undefined)
  const close = queries.streamOf("1").subscribe(() => undefined)

  await pass(9)
  const isLive = queries.streamOf("1").isLive
  close()
  leave()

  expect(isLive).toBe(true)
  expect(queryClient.getQueryData<TrackedJob>(jobKeys.job("1"))?.revision).toBe(8)
  expect(replies).toEqual([])
})

test("keeps a job that is shown without being asked for", async () => {
  const { known, look, queries, queryClient } = queriesOf()
  queryClient.setQueryData(jobKeys.job("quiet"), { ...view("quiet", 1), readAt: 0 }, { updatedAt: 1 })
  const stay = queries.subscribe("quiet", false, () => undefined)

  for (let n = 0; n < 105; n++) (await look(`job-${n}`))()

  expect(known("quiet")).toBeDefined()
  stay()
})
