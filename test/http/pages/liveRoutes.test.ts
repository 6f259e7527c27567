import { expect, test } from "bun:test"
import { Effect, Layer, Option, Stream } from "effect"
import type { JobId } from "../../../src/domain/JobId.ts"
import { type LiveNow, type LivePicture, LiveView } from "../../../src/domain/LiveView.ts"
import { LONGEST_WATCH_MS } from "../../../src/views/JobLive.tsx"
import { at, FakeJobs } from "../../support/FakeJobs.ts"
import { tagDishes } from "../../support/tagDishes.ts"
import { bodyOf, makeBoard, partial, textOf } from "./testBoard.ts"

const running = {
  status: "in_progress",
  attempts: 1,
  progress: { percent: 40, step: 2, totalSteps: 3, stepName: "add-tags" }
} as const

const pictureOf = (number: number, bytes = 4): LivePicture => ({
  id: `1-${number}`,
  takenAtMs: at(14_000).epochMilliseconds,
  jpeg: new Uint8Array(bytes).fill(number)
})

/** A board whose one running job shows these pictures one after the other. */
const boardWith = (now: LiveNow, pictures: Stream.Stream<LivePicture> = Stream.empty) => {
  const fake = new FakeJobs([tagDishes])
  const looks: Array<readonly [JobId, string]> = []
  const job = fake.seed(running)
  const live = Layer.succeed(LiveView, {
    look: (id, size) =>
      Effect.sync(() => {
        looks.push([id, size])
        return fake.jobs.get(id)?.status === "in_progress" ? Option.some(now) : Option.none()
      }),
    pictures: () => pictures
  })
  return { ...makeBoard({ fake, layer: Layer.merge(fake.layer, live) }), job, looks, path: `/jobs/${job.jobId}/live` }
}

const live: LiveNow = { condition: "live", picture: pictureOf(7) }

test("shows a place for the picture on the page of a job that runs in a browser, and nowhere else", async () => {
  const { fake, get, job, looks } = boardWith(live)
  const page = await bodyOf(get(`/jobs/${job.jobId}`))

  expect(page).toContain("Now in the browser")
  expect(page).toContain(`href="/jobs/${job.jobId}/live"`)
  // Opening a page is not looking at it: it may be in a tab that nobody sees.
  expect(looks).toEqual([])
  for (const fields of [{ ...running, lane: "default" as const }, { status: "completed" as const }]) {
    expect(await textOf(get(`/jobs/${fake.seed(fields).jobId}`))).not.toContain("Now in the browser")
  }
})

test("gives the part that changes: the newest picture, when it was taken, and the step", async () => {
  const { get, job, looks, path } = boardWith(live)
  const html = await bodyOf(get(`${path}?size=small`, partial))

  expect(html).toContain(`src="/jobs/${job.jobId}/live.jpg?picture=1-7"`)
  expect(html).toMatch(
    /<figcaption><time [^>]*data-rel="moment"[^>]*>\d\d:\d\d:\d\d UTC<\/time> · Add tags<\/figcaption>/u
  )
  expect(looks).toEqual([[job.id, "small"]])
})

test("says why there is no picture, and from when the last one is", async () => {
  const textFor = (now: LiveNow) => {
    const { get, path } = boardWith(now)
    return textOf(get(`${path}?size=small`, partial))
  }

  expect(await textFor({ condition: "starting" })).toContain("Waiting for the first picture…")
  expect(await textFor({ condition: "hidden" })).toContain("No picture now: a secret value is on the page.")
  expect(await textFor({ condition: "lost" })).toContain("No picture: the browser does not answer.")
  expect(await textFor({ ...live, condition: "lost" })).toMatch(
    /Picture from \d\d:\d\d:\d\d UTC , browser not answering/u
  )
})

test("shows the stream on the large page until it was watched for long, and says when nothing runs any more", async () => {
  const { fake, get, job, looks, path } = boardWith(live)
  const page = await bodyOf(get(path))
  const part = await bodyOf(get(`${path}?since=${Date.now()}`, partial))
  const before = looks.length
  const late = await textOf(get(`${path}?since=${Date.now() - LONGEST_WATCH_MS - 1}`, partial))
  const lateLooks = looks.length - before
  fake.change(job.id, { status: "completed" })
  const over = await bodyOf(get(path, partial))

  expect(page).toContain(`<noscript><img class="live-picture" src="/jobs/${job.jobId}/live.mjpeg"`)
  expect(page).toContain("Stop watching")
  expect(part).toContain(`data-stream="/jobs/${job.jobId}/live.mjpeg"`)
  expect(part).toContain("Step 2 of 3")
  expect(late).toContain("Watching stopped after 5 m, to spare the browser. Watch on")
  expect(lateLooks).toBe(0)
  expect(over).toContain("No browser of this job runs now")
  expect(over).not.toContain("live.mjpeg")
})

test("gives the newest picture alone, to nobody's cache and no other site", async () => {
  const { fake, get, job, path } = boardWith(live)
  const response = await get(`${path}.jpg`)

  expect(response.headers.get("content-type")).toBe("image/jpeg")
  expect(response.headers.get("cache-control")).toBe("no-store")
  expect(response.headers.get("cross-origin-resource-policy")).toBe("same-origin")
  expect(await response.bytes()).toEqual(pictureOf(7).jpeg)

  fake.change(job.id, { status: "failed" })
  const without = await get(`${path}.jpg`)
  expect([without.status, without.headers.get("content-type")]).toEqual([200, "image/svg+xml"])
  expect((await get("/jobs/JOB_20260101_000000_00000000/live.jpg")).status).toBe(404)
})

test("streams each picture with the beginning of the next part, which browsers wait for before they show it", async () => {
  const { get, path } = boardWith(live, Stream.make(pictureOf(1), pictureOf(2)))
  const response = await get(`${path}.mjpeg`)
  const boundary = response.headers.get("content-type")!.replace("multipart/x-mixed-replace; boundary=", "--")
  const begin = `${boundary}\r\nContent-Type: image/jpeg\r\n\r\n`

  expect(await response.text()).toBe(`${begin}\u0001\u0001\u0001\u0001\r\n${begin}\u0002\u0002\u0002\u0002\r\n${begin}`)
})

test("refuses a stream where no browser runs, and one more than it can serve", async () => {
  const { app, fake, get, job, path } = boardWith(live, Stream.never)
  const head = await app.request(`${path}.mjpeg`, { method: "HEAD" })
  const open = await Promise.all(Array.from({ length: 16 }, () => get(`${path}.mjpeg`)))
  const readers = open.map(({ body }) => body!.getReader())
  await Promise.all(readers.map((reader) => reader.read()))
  const tooMany = await get(`${path}.mjpeg`)
  await Promise.all(readers.map((reader) => reader.cancel()))
  const again = await get(`${path}.mjpeg`)
  await again.body!.cancel()
  fake.change(job.id, { status: "completed" })

  expect([head.status, head.body]).toEqual([200, null])
  expect([tooMany.status, tooMany.headers.get("retry-after")]).toEqual([503, "10"])
  expect(again.status).toBe(200)
  expect((await get(`${path}.mjpeg`)).status).toBe(404)
})

test("makes no pictures for a reader that stopped reading", async () => {
  const BYTES = 200_000
  /** Of each reader, in the order in which they came. */
  const asked: Array<number> = []
  const endless = Stream.suspend(() => {
    const reader = asked.push(0) - 1
    return Stream.unfold(0, (number) =>
      Effect.sync(() => {
        asked[reader] = number + 1
        return [pictureOf(number % 250, BYTES), number + 1] as const
      })
    )
  })
  const { app, path } = boardWith(live, endless)
  using server = Bun.serve({ port: 0, fetch: (request, env) => app.fetch(request, env) })
  const { promise: begun, resolve } = Promise.withResolvers<void>()
  const socket = await Bun.connect({
    hostname: "localhost",
    port: server.port!,
    socket: {
      open: (opened) => void opened.write(`GET ${path}.mjpeg HTTP/1.1\r\nHost: localhost\r\n\r\n`),
      data: (opened) => {
        opened.pause()
        resolve()
      }
    }
  })
  await begun
  // As long as it takes to send another reader many times what the system keeps for a connection.
  const other = await fetch(new URL(`${path}.mjpeg`, server.url))
  let read = 0
  for await (const part of other.body!) {
    read += part.length
    if (read > 300 * BYTES) break
  }
  socket.end()

  expect(asked[1]).toBeGreaterThanOrEqual(300)
  expect(asked[0]).toBeGreaterThan(0)
  expect(asked[0]).toBeLessThan(150)
})
