import { expect } from "bun:test"
import { Context, Deferred, Duration, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { makeApp } from "../../src/http/app.ts"
import * as HttpServer from "../../src/http/HttpServer.ts"
import { makeRun } from "../../src/http/Run.ts"
import { it } from "../support/effect.ts"
import { asLocalCaller } from "./asLocal.ts"
import { aJob } from "./builders.ts"
import { makeApi, readAnswer } from "./calls.ts"

/** A real server over fakes, that the test closes. */
const startServer = (options: Partial<HttpServer.HttpServerOptions> = {}) =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const run = yield* makeRun.pipe(Effect.provideContext(api.services))
    const app = makeApp({ run, apiHandler: api.handler, identify: () => asLocalCaller })
    const scope = yield* Scope.fork(yield* Effect.scope)
    const built = yield* Layer.buildWithScope(
      HttpServer.layer({ host: "127.0.0.1", port: 0, fetch: app.fetch, ...options }),
      scope
    ).pipe(Effect.provideContext(api.services))
    const address = Context.get(built, HttpServer.HttpServerAddress)
    const fetchFrom = (path: string, init?: RequestInit) =>
      Effect.promise(() => fetch(new URL(path, address.url), init))
    return { ...api, address, fetchFrom, close: Scope.close(scope, Exit.void) }
  })

it.live("serves at the address that it says, and hands Bun's server to the app", () =>
  Effect.gen(function* () {
    const ports: Array<number | undefined> = []
    const server = yield* startServer({
      fetch: (_, { port }) => {
        ports.push(port)
        return new Response("hello")
      }
    })

    const response = yield* server.fetchFrom("/")

    expect(yield* Effect.promise(() => response.text())).toBe("hello")
    expect(server.address.url.href).toBe(`http://127.0.0.1:${server.address.port}/`)
    expect(ports).toEqual([server.address.port])
  })
)

it.live("takes the next free port when the wanted one is taken, and says so", () =>
  Effect.gen(function* () {
    const first = yield* startServer()
    const wanted = first.address.port

    const second = yield* startServer({ port: wanted })

    expect(second.address.requestedPort).toBe(wanted)
    expect(second.address.port).toBeGreaterThan(wanted)
    expect(second.address.port).toBeLessThanOrEqual(wanted + 20)
    expect((yield* second.fetchFrom("/healthz")).status).toBe(200)
  })
)

it.live("fails with a reason when it cannot listen there at all", () =>
  Effect.gen(function* () {
    // An address that is kept for documentation (RFC 5737) and belongs to no computer.
    const error = yield* Effect.flip(startServer({ host: "192.0.2.1", port: 3999 }))

    expect(error).toMatchObject({ _tag: "ListenFailed", host: "192.0.2.1", port: 3999 })
    expect(error.message).toStartWith(
      "HOST=192.0.2.1 PORT=3999 cannot be listened on: HOST must be an address or a name"
    )
  })
)

it.live("says that nobody knows the name it should listen on", () =>
  Effect.gen(function* () {
    // A name that never is one: RFC 6761 section 6.4.
    const error = yield* Effect.flip(startServer({ host: "nope.invalid", port: 0 }))

    expect(error.message).toContain("HOST must be an address or a name of this computer")
  })
)

it.live("answers a body over 1 MiB with a problem, announced or streamed", () =>
  Effect.gen(function* () {
    const server = yield* startServer()
    const headers = { "Content-Type": "application/json" }
    const chunk = new TextEncoder().encode(" ".repeat(64 * 1024))
    let chunks = 0
    const streamed = new ReadableStream<Uint8Array>({
      pull: (controller) => (chunks++ < 20 ? controller.enqueue(chunk) : controller.close())
    })

    for (const body of [" ".repeat(1024 * 1024 + 1), streamed]) {
      const response = yield* server.fetchFrom("/api/jobs", { method: "POST", headers, body })

      expect((yield* readAnswer(response)).json).toMatchObject({ status: 413, code: "BODY_TOO_LARGE" })
    }
    expect((yield* server.fetchFrom("/healthz")).status).toBe(200)
  })
)

it.live("takes an upload that is larger than any other body, and says why one is too large", () =>
  Effect.gen(function* () {
    const server = yield* startServer()
    const send = (mebibytes: number) =>
      server.fetchFrom("/api/uploads", {
        method: "POST",
        headers: { "Content-Type": "text/csv" },
        body: new Uint8Array(mebibytes * 1_024 ** 2)
      })

    const [taken, refused] = [yield* send(20), yield* send(105)]

    expect(taken.status).toBe(201)
    expect((yield* readAnswer(refused)).json).toMatchObject({ status: 413, code: "BODY_TOO_LARGE" })
  })
)

it.live("stops work that is done for a client that went away", () =>
  Effect.gen(function* () {
    const server = yield* startServer()
    const job = server.put(aJob())
    const client = new AbortController()
    const url = new URL(`/api/jobs/${job.jobId}/status?waitMs=30000`, server.address.url)
    yield* Effect.forkChild(Effect.tryPromise(() => fetch(url, { signal: client.signal })))
    yield* server.listening.await

    client.abort()

    yield* server.deaf.await
  })
)

it.live("closes at once while a request waits for news, which is answered", () =>
  Effect.gen(function* () {
    const server = yield* startServer({ grace: "10 seconds" })
    const job = server.put(aJob())
    const held = yield* Effect.forkChild(server.fetchFrom(`/api/jobs/${job.jobId}/status?waitMs=30000`))
    yield* server.listening.await

    const [took] = yield* Effect.timed(server.close)

    expect(Duration.toMillis(took)).toBeLessThan(2_000)
    expect((yield* Fiber.join(held)).status).toBe(200)
  })
)

it.live("lets a running request finish, and takes no new one", () =>
  Effect.gen(function* () {
    const arrived = yield* Deferred.make<void>()
    const finish = yield* Deferred.make<void>()
    const server = yield* startServer({
      grace: "10 seconds",
      fetch: async () => {
        Effect.runSync(Deferred.succeed(arrived, undefined))
        await Effect.runPromise(Deferred.await(finish))
        return new Response("finished")
      }
    })
    const running = yield* Effect.forkChild(server.fetchFrom("/"))
    yield* Deferred.await(arrived)

    const closing = yield* Effect.forkChild(server.close, { startImmediately: true })
    const refused = yield* Effect.exit(Effect.tryPromise(() => fetch(server.address.url, { keepalive: false })))
    yield* Deferred.succeed(finish, undefined)
    const response = yield* Fiber.join(running)

    expect(Exit.isFailure(refused)).toBe(true)
    expect(yield* Effect.promise(() => response.text())).toBe("finished")
    yield* Fiber.join(closing)
  })
)

it.live("cuts what is left when the grace is over", () =>
  Effect.gen(function* () {
    const server = yield* startServer({
      grace: "20 millis",
      fetch: () => new Response(new ReadableStream({ start: (controller) => controller.enqueue("endless") }))
    })
    const response = yield* server.fetchFrom("/")
    const body = yield* Effect.forkChild(Effect.exit(Effect.tryPromise(() => response.text())))

    const [took] = yield* Effect.timed(server.close)

    expect(Duration.toMillis(took)).toBeLessThan(2_000)
    yield* Fiber.join(body)
  })
)
