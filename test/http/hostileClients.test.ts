/** Clients that misbehave, against a real server. What is answered to whom is tested elsewhere; here it has to survive. */
import { expect } from "bun:test"
import { connect, type Socket } from "node:net"
import { Context, Effect, Layer, References } from "effect"
import { AuditLog } from "../../src/domain/AuditLog.ts"
import { Readiness } from "../../src/domain/Readiness.ts"
import { type AppOptions, makeApp } from "../../src/http/app.ts"
import * as HttpServer from "../../src/http/HttpServer.ts"
import { boardRoutes } from "../../src/http/pages/boardRoutes.ts"
import { makeLiveFeeds } from "../../src/http/pages/LiveFeeds.ts"
import { feedOf } from "../../src/http/pages/PageFeeds.ts"
import { makeRun } from "../../src/http/Run.ts"
import { it } from "../support/effect.ts"
import { FakeJobs } from "../support/FakeJobs.ts"
import { asLocalCaller } from "./asLocal.ts"
import { greet } from "./builders.ts"
import { makeApi } from "./calls.ts"

const startServer = (limits: AppOptions["limits"]) =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const silent = Layer.succeed(References.MinimumLogLevel, "None")
    const [run, feeds] = yield* Effect.all([makeRun, makeLiveFeeds({ feedOf })]).pipe(
      Effect.provide(
        Layer.mergeAll(new FakeJobs([greet]).layer, Layer.mock(Readiness, {}), Layer.mock(AuditLog, {}), silent)
      )
    )
    const board = boardRoutes({ run, feeds, info: { localOnly: true } })
    const app = makeApp({
      run,
      apiHandler: api.handler,
      identify: () => asLocalCaller,
      board,
      ...(limits && { limits })
    })
    const built = yield* Layer.build(
      HttpServer.layer({ host: "127.0.0.1", port: 0, fetch: (request, server) => app.fetch(request, server) })
    ).pipe(Effect.provideContext(api.services))
    const { port, url } = Context.get(built, HttpServer.HttpServerAddress)
    const statusOf = (path: string) =>
      Effect.promise(async () => {
        const response = await fetch(new URL(path, url))
        await response.body?.cancel()
        return response.status
      })
    return { ...api, port, url, statusOf }
  })

/** A connection that has sent this, and goes with the test. */
const say = (port: number, text: string) =>
  Effect.acquireRelease(
    Effect.callback<Socket>((resume) => {
      const socket = connect(port, "127.0.0.1", () => socket.write(text, () => resume(Effect.succeed(socket))))
      socket.on("error", () => undefined)
    }),
    (socket) => Effect.sync(() => socket.destroy())
  )

/** What the server says before it hangs up. */
const answerTo = (port: number, text: string) =>
  Effect.callback<string>((resume) => {
    let said = ""
    const socket = connect(port, "127.0.0.1", () => socket.write(text))
    socket.on("data", (chunk) => {
      said += String(chunk)
    })
    socket.on("close", () => resume(Effect.succeed(said)))
    socket.on("error", () => resume(Effect.succeed(said)))
  })

const HEAD = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"

it.live("serves others while 500 streams are open, and has nothing left of them when they are gone", () =>
  Effect.gen(function* () {
    const STREAMS = 500
    const { port, statusOf } = yield* startServer({ mostStreams: STREAMS, mostStreamsPerAddress: STREAMS })
    const openOne = Effect.gen(function* () {
      const socket = yield* say(port, "GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
      return yield* Effect.callback<string>((resume) => {
        socket.once("data", (chunk) => resume(Effect.succeed(String(chunk).slice(9, 12))))
      })
    })
    const round = Effect.scoped(
      Effect.gen(function* () {
        const statuses = yield* Effect.forEach(Array.from({ length: STREAMS }), () => openOne, { concurrency: 50 })
        const streams = statuses.filter((status) => status === "200").length
        return [streams, yield* statusOf("/events"), yield* statusOf("/jobs")]
      })
    )
    /** The server sees that a client is gone a moment later. */
    const untilFree = statusOf("/events").pipe(Effect.repeat({ until: (status) => status === 200 }))
    const heap = Effect.sync(() => {
      Bun.gc(true)
      return process.memoryUsage().heapUsed
    })

    const first = yield* round
    yield* untilFree
    const before = yield* heap
    const after = yield* round.pipe(Effect.andThen(untilFree), Effect.andThen(heap))

    expect(first).toEqual([STREAMS, 429, 200])
    // Each stream that stays holds some 20 KB.
    expect(after - before).toBeLessThan(STREAMS * 15 * 1024)
  })
)

it.live("serves others while 300 clients never finish their headers or their bodies", () =>
  Effect.gen(function* () {
    const { port, requests, statusOf } = yield* startServer({ mostRequests: 200 })
    const upload =
      "POST /api/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{"
    yield* Effect.forEach(Array.from({ length: 150 }), () => say(port, HEAD), { concurrency: 50 })
    yield* Effect.forEach(Array.from({ length: 150 }), () => say(port, upload), { concurrency: 50 })

    const statuses = yield* Effect.all([statusOf("/healthz"), statusOf("/jobs"), statusOf("/api/jobs")])

    expect(statuses).toEqual([200, 200, 200])
    expect(requests).toEqual([])
  })
)

it.live("forgets uploads that were broken off", () =>
  Effect.gen(function* () {
    const MOST = 20
    const { port, requests, statusOf } = yield* startServer({ mostRequests: MOST })
    const upload = (path: string) =>
      `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 900000\r\n\r\n{"jobType":"greet","input":`

    for (const path of ["/api/jobs", "/theme", "/api/jobs", "/theme"]) {
      yield* Effect.scoped(
        Effect.forEach(Array.from({ length: MOST }), () => say(port, upload(path)), { concurrency: MOST })
      )
      yield* statusOf("/jobs").pipe(Effect.repeat({ until: (status) => status === 200 }))
    }

    expect(requests).toEqual([])
  })
)

it.live("refuses floods of headers and requests that can be read in two ways", () =>
  Effect.gen(function* () {
    const { port, statusOf } = yield* startServer({})
    const floods = {
      "one large header": `${HEAD}A: ${"x".repeat(20_000)}\r\n\r\n`,
      "many headers": `${HEAD}${"A: x\r\n".repeat(300)}\r\n`,
      "a large address": `GET /${"x".repeat(20_000)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`,
      "two lengths": `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc`,
      "a length and chunks": `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      "no host": "GET / HTTP/1.1\r\n\r\n",
      "NUL in a header": `${HEAD}A: a\0b\r\n\r\n`,
      "201 MiB announced": "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 210763776\r\n\r\nabc"
    }

    const answers = yield* Effect.forEach(Object.entries(floods), ([name, text]) =>
      Effect.map(answerTo(port, text), (said) => [name, said.slice(9, 12)] as const)
    )

    expect(Object.fromEntries(answers)).toEqual({
      "one large header": "431",
      "many headers": "431",
      "a large address": "431",
      "two lengths": "400",
      "a length and chunks": "400",
      "no host": "400",
      "NUL in a header": "400",
      "201 MiB announced": "413"
    })
    expect(yield* statusOf("/healthz")).toBe(200)
  })
)
