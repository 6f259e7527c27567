import { expect } from "bun:test"
import { Context, Effect, Exit, Layer, Option, Queue, Scope } from "effect"
import { localCaller } from "../../../src/domain/Caller.ts"
import { CredentialsRefusedProblem } from "../../../src/http/api/identityProblems.ts"
import { makeApp } from "../../../src/http/app.ts"
import * as HttpServer from "../../../src/http/HttpServer.ts"
import { makeRun } from "../../../src/http/Run.ts"
import { StreamPlaces } from "../../../src/http/streams/StreamPlaces.ts"
import { makeSocketRoute, type SocketRouteOptions } from "../../../src/http/streams/socketRoute.ts"
import { LONGEST_MESSAGE } from "../../../src/http/streams/sockets.ts"
import { eventually } from "../../support/CallboardProcess.ts"
import { it } from "../../support/effect.ts"
import { asLocalCaller } from "../asLocal.ts"
import { readAnswer } from "../calls.ts"
import { makeStreams } from "./streamApi.ts"

type Message = Record<string, unknown> & { readonly type: string }

/** Bun's can send headers, of which the types of browsers know nothing. */
const ClientSocket = WebSocket as unknown as new (
  address: string,
  options: { readonly headers: Readonly<Record<string, string>> }
) => WebSocket

/** A server on a port of its own, and clients of it. */
const startServer = (options: Partial<SocketRouteOptions> = {}, places = StreamPlaces.layer) =>
  Effect.gen(function* () {
    const { fake, serve } = yield* makeStreams
    const { handler, services } = yield* serve(places)
    const run = yield* makeRun.pipe(Effect.provideContext(services))
    const sockets = yield* makeSocketRoute({ authenticate: () => Effect.succeed(localCaller), ...options }).pipe(
      Effect.provideContext(services)
    )
    const app = makeApp({ run, apiHandler: handler, identify: () => asLocalCaller, sockets })
    const scope = yield* Scope.fork(yield* Effect.scope)
    const built = yield* Layer.buildWithScope(
      HttpServer.layer({ host: "127.0.0.1", port: 0, fetch: (request, server) => app.fetch(request, server) }),
      scope
    ).pipe(Effect.provideContext(services))
    const { url } = Context.get(built, HttpServer.HttpServerAddress)
    const address = new URL("/api/ws", url)

    const connect = (headers: Record<string, string> = {}) =>
      Effect.gen(function* () {
        const inbox = yield* Queue.unbounded<Message>()
        const closed = yield* Queue.unbounded<number>()
        const socket = new ClientSocket(address.href.replace("http", "ws"), { headers })
        socket.addEventListener("message", ({ data }) => Queue.offerUnsafe(inbox, JSON.parse(String(data))))
        socket.addEventListener("close", ({ code }) => Queue.offerUnsafe(closed, code))
        yield* Effect.addFinalizer(() => Effect.sync(() => socket.close()))
        const say = (message: unknown) =>
          Effect.sync(() => socket.send(typeof message === "string" ? message : JSON.stringify(message)))
        return { socket, say, hear: Queue.take(inbox), closed: Queue.take(closed) }
      })
    return { fake, address, connect, close: Scope.close(scope, Exit.void) }
  })

it.live("tells what it was asked to tell, and goes on from the id of the last message", () =>
  Effect.gen(function* () {
    const { connect, fake } = yield* startServer()
    const { hear, say, socket } = yield* connect()
    const ready = yield* hear
    yield* say({ type: "subscribe", filter: { jobType: "greet" } })
    const start = yield* hear
    const [job, other] = [fake.seed({ updatedAt: fake.seed().createdAt }), fake.seed({ jobType: "other" })]

    fake.change(other.id, {})
    fake.change(job.id, { status: "in_progress" })
    const told = yield* hear
    yield* say({ type: "ping" })
    const pong = yield* hear
    socket.close()
    fake.tell({ _tag: "Gap" })
    const again = yield* connect()
    yield* again.hear
    yield* again.say({ type: "subscribe", lastEventId: told.id })
    fake.change(job.id, { status: "completed" })
    const rest = yield* again.hear

    expect(ready).toEqual({ type: "ready" })
    expect(start).toMatchObject({ type: "reset", data: { reason: "start" } })
    expect(told).toMatchObject({ type: "job", data: { id: job.id, status: "in_progress" } })
    expect(pong).toEqual({ type: "pong" })
    expect(rest).toMatchObject({ type: "job", data: { id: job.id } })
  })
)

it.live("waits for the token of a client that cannot send a header, and tells no stranger anything", () =>
  Effect.gen(function* () {
    const { connect, fake } = yield* startServer({
      callerOfRequest: () => Option.none(),
      authenticate: (token) =>
        token === "right"
          ? Effect.succeed({ ...localCaller, organisationId: "mine" })
          : Effect.fail(new CredentialsRefusedProblem())
    })
    const [client, liar] = yield* Effect.all([connect(), connect()])

    yield* Effect.promise(
      () => new Promise((resolve) => client.socket.addEventListener("open", resolve, { once: true }))
    )
    yield* client.say({ type: "subscribe" })
    const refused = yield* client.hear
    yield* client.say({ type: "auth", token: "right" })
    const ready = yield* client.hear
    yield* client.say({ type: "subscribe" })
    yield* client.hear
    const [own, other] = [fake.seed({ organisationId: "mine" }), fake.seed()]
    fake.change(other.id, {})
    fake.change(own.id, {})
    const told = yield* client.hear
    yield* liar.say({ type: "auth", token: "wrong" })

    expect(refused).toMatchObject({ type: "error", code: "UNAUTHENTICATED" })
    expect(ready).toEqual({ type: "ready" })
    expect(told).toMatchObject({ type: "job", data: { id: own.id } })
    expect(yield* liar.closed).toBe(4401)
  })
)

it.live("explains a message that is wrong, and ends a connection that speaks no JSON or too much", () =>
  Effect.gen(function* () {
    const { connect, fake } = yield* startServer()
    const [wrong, binary, loud, large] = yield* Effect.all([connect(), connect(), connect(), connect()])
    for (const { hear } of [wrong, binary, loud, large]) yield* hear

    yield* wrong.say({ type: "subscribe", filter: { colour: "red", ids: ["1"] } })
    const error = yield* wrong.hear
    yield* binary.say("hello")
    for (let count = 0; count < 60; count++) yield* loud.say({ type: "ping" })
    yield* large.say({ type: "auth", token: "x".repeat(LONGEST_MESSAGE) })

    expect(error).toMatchObject({ type: "error", code: "VALIDATION_FAILED" })
    expect((error.errors as ReadonlyArray<{ path: string }>).map(({ path }) => path).toSorted()).toEqual([
      "filter.colour",
      "filter.ids[0]"
    ])
    expect(yield* binary.closed).toBe(4400)
    expect(yield* loud.closed).toBe(4429)
    expect([1006, 1009]).toContain(yield* large.closed)
    expect(fake.listeners).toBe(0)
  })
)

it.live("ends a connection without a place, and gives the place of a closed one back", () =>
  Effect.gen(function* () {
    const { connect } = yield* startServer({}, StreamPlaces.layerWith({ ofCaller: 1, ofProcess: 9 }))
    const first = yield* connect()
    yield* first.hear
    yield* first.say({ type: "subscribe" })
    yield* first.hear

    const second = yield* connect()
    const code = yield* second.closed
    first.socket.close()
    const third = yield* eventually(
      Effect.gen(function* () {
        const { closed, hear } = yield* connect()
        return yield* Effect.raceFirst(hear, Effect.as(closed, undefined))
      })
    )

    expect(code).toBe(4429)
    expect(third).toEqual({ type: "ready" })
  })
)

it.live("ends with the server, and opens for no other web site", () =>
  Effect.gen(function* () {
    const { address, close, connect } = yield* startServer({ allowedOrigins: new Set(["https://app.example.com"]) })
    const client = yield* connect()
    const allowed = yield* connect({ Origin: "https://app.example.com" })
    yield* client.hear
    const ready = yield* allowed.hear

    const foreign = yield* connect({ Origin: "https://evil.example.com" })
    const refusedCode = yield* foreign.closed
    const plain = yield* Effect.flatMap(
      Effect.promise(() => fetch(address)),
      readAnswer
    )
    yield* close
    const code = yield* client.closed

    expect(ready).toEqual({ type: "ready" })
    expect(refusedCode).not.toBe(1000)
    expect(plain).toMatchObject({ status: 426, json: { code: "UPGRADE_REQUIRED" } })
    expect(code).toBe(1001)
  })
)

it.live("opens for pages of its public address behind a proxy that asks under another name", () =>
  Effect.gen(function* () {
    const hosts = { bound: "127.0.0.1", publicUrl: new URL("https://jobs.example.com") }
    const { connect } = yield* startServer({ hosts })

    const own = yield* connect({ Origin: "https://jobs.example.com" })
    const foreign = yield* connect({ Origin: "https://jobs.example.com.evil.example" })

    expect(yield* own.hear).toEqual({ type: "ready" })
    expect(yield* foreign.closed).not.toBe(1000)
  })
)

it.live("lets strangers of one address hold so many connections, and whoever says who they are as many as ever", () =>
  Effect.gen(function* () {
    const options: SocketRouteOptions = {
      callerOfRequest: () => Option.none(),
      authenticate: () => Effect.succeed(localCaller)
    }
    const { connect } = yield* startServer(options, StreamPlaces.layerWith({ ofCaller: 60, ofProcess: 99 }))
    const opened = ({ closed, socket }: Effect.Success<ReturnType<typeof connect>>) => {
      const open = new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }))
      return Effect.raceFirst(
        Effect.as(
          Effect.promise(() => open),
          true
        ),
        Effect.as(closed, false)
      )
    }
    const arrive = Effect.flatMap(connect(), (client) =>
      Effect.map(opened(client), (isOpen) => ({ ...client, isOpen }))
    )
    const strangers = yield* Effect.forEach(Array.from({ length: 50 }), () => arrive)

    const refused = yield* arrive
    yield* strangers[0]!.say({ type: "auth", token: "right" })
    const ready = yield* strangers[0]!.hear
    const next = yield* arrive

    expect(strangers.every(({ isOpen }) => isOpen)).toBe(true)
    expect(refused.isOpen).toBe(false)
    expect(ready).toEqual({ type: "ready" })
    expect(next.isOpen).toBe(true)
  })
)
