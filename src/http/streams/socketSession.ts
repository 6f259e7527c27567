/** One WebSocket from its opening to its end: who it is, what it wants to hear, and telling it that. */
import { Data, Effect, Exit, FiberHandle, type Latch, Option, Queue, Schema, Scope, Stream } from "effect"
import { type Caller, CurrentCaller } from "../../domain/Caller.ts"
import { issuesOf } from "../../domain/JobType.ts"
import { monotonicMs } from "../../domain/monotonicMs.ts"
import type { ApiProblem } from "../api/problems.ts"
import { refusedLater } from "../refusedLater.ts"
import type { JobsEvent } from "./JobsEvent.ts"
import { jobsEvents } from "./jobsEvents.ts"
import { ClientMessage, type CloseReason, closeCodes, type ServerMessage } from "./SocketMessage.ts"
import { StreamPlaces } from "./StreamPlaces.ts"
import type { OpenSocket } from "./sockets.ts"

/** Whose key or token it is. A status of 5xx says that nobody knows right now. */
export type Authenticate = (token: string) => Effect.Effect<Caller, ApiProblem>

export interface SocketSession {
  readonly socket: OpenSocket
  readonly inbox: Queue.Dequeue<string | Buffer>
  /** Opened when what was sent has left. */
  readonly drained: Latch.Latch
  /** Known from the request already, or not yet. */
  readonly caller: Option.Option<Caller>
  readonly authenticate: Authenticate
  /** Told when the client has said who it is. */
  readonly known: () => void
  /** Ends when the caller of the request is let in no longer. */
  readonly refused: Effect.Effect<void>
  readonly closing: Effect.Effect<void>
}

/** How long a client may take to say who it is: a token can be fetched meanwhile. */
const TIME_TO_AUTHENTICATE = "10 seconds"

/** Bytes on their way to the client; more are not produced before they have left. */
const MOST_UNSENT = 64 * 1024

/** A client that takes nothing for so long has gone, or stands still. */
const LONGEST_STANDSTILL = "30 seconds"

/** A page changes its filter now and then; 20 in 10 seconds is a loop. */
const MOST_MESSAGES = 20
const MESSAGES_WITHIN_MS = 10_000

class Ended extends Data.TaggedError("Ended")<{ readonly reason: CloseReason }> {
  static readonly because = (reason: CloseReason) => Effect.fail(new Ended({ reason }))
}

const decode = Schema.decodeUnknownEffect(ClientMessage, { errors: "all", onExcessProperty: "error" })
const parseJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Json))

/** Fails when more came than anybody means. */
const makeRate = () => {
  let times: ReadonlyArray<number> = []
  return Effect.flatMap(monotonicMs, (now) => {
    times = [...times.filter((time) => time > now - MESSAGES_WITHIN_MS), now]
    return times.length > MOST_MESSAGES ? Ended.because("tooMany") : Effect.void
  })
}

/** As `ServerMessage` says; the data was written already. */
const textOf = ({ event, id, json }: JobsEvent) => `{"type":"${event}","id":"${id}","data":${json}}`

const converse = Effect.fnUntraced(function* (session: SocketSession) {
  const { drained, inbox, socket } = session
  const places = yield* StreamPlaces
  const subscription = yield* FiberHandle.make<void, Ended>()
  const knowing = yield* FiberHandle.make<boolean>()
  const failed = yield* Queue.unbounded<Ended>()
  const inTime = makeRate()
  let place = yield* Scope.make()
  yield* Effect.addFinalizer(() => Scope.close(place, Exit.void))
  let caller = session.caller

  const sendText = Effect.fnUntraced(function* (text: string) {
    drained.closeUnsafe()
    if (socket.send(text) < MOST_UNSENT) return
    yield* drained.await.pipe(
      Effect.timeoutOrElse({ duration: LONGEST_STANDSTILL, orElse: () => Ended.because("slow") })
    )
  })

  const send = (message: ServerMessage) => sendText(JSON.stringify(message))

  const takePlace = Effect.gen(function* () {
    yield* Scope.close(place, Exit.void)
    const refusal = yield* places.refusal
    if (Option.isSome(refusal)) return yield* Ended.because(refusal.value === "caller" ? "tooMany" : "full")
    place = yield* Scope.make()
    yield* Scope.provide(places.taken, place)
  })

  const enter = Effect.suspend(() => takePlace.pipe(Effect.provideService(CurrentCaller, caller)))
  const welcome = Effect.andThen(enter, send({ type: "ready" }))

  const endWhen = (refused: Effect.Effect<void>) =>
    FiberHandle.run(knowing, Effect.andThen(refused, Queue.offer(failed, new Ended({ reason: "unauthenticated" }))))

  const authenticate = Effect.fnUntraced(function* (token: string) {
    const ask = session.authenticate(token)
    const found = yield* Effect.catch(ask, ({ status }) =>
      Ended.because(status < 500 ? "unauthenticated" : "unknowable")
    )
    // What another caller wanted to hear is not told to this one.
    yield* FiberHandle.clear(subscription)
    caller = Option.some(found)
    session.known()
    yield* endWhen(refusedLater(Effect.exit(ask)))
    yield* welcome
  })

  const subscribe = ({ filter = {}, lastEventId }: Extract<ClientMessage, { type: "subscribe" }>) =>
    jobsEvents(filter, lastEventId).pipe(
      Stream.runForEach((event) => sendText(textOf(event))),
      Effect.tapError((error) => Queue.offer(failed, error)),
      Effect.provideService(CurrentCaller, caller),
      FiberHandle.run(subscription)
    )

  const handle = (message: ClientMessage) => {
    if (message.type === "auth") return authenticate(message.token)
    if (message.type === "ping") return send({ type: "pong" })
    if (message.type === "unsubscribe") return FiberHandle.clear(subscription)
    if (Option.isSome(caller)) return Effect.asVoid(subscribe(message))
    return send({ type: "error", code: "UNAUTHENTICATED", detail: 'Send { "type": "auth", "token": ... } first.' })
  }

  const refuse = (error: Schema.SchemaError) =>
    send({
      type: "error",
      code: "VALIDATION_FAILED",
      detail: "See errors for each wrong place.",
      errors: issuesOf(error)
    })

  const next = Effect.gen(function* () {
    const text = yield* Queue.take(inbox)
    yield* inTime
    const json = typeof text === "string" ? parseJson(text) : Option.none()
    if (Option.isNone(json)) return yield* Ended.because("notText")
    yield* decode(json.value).pipe(Effect.matchEffect({ onFailure: refuse, onSuccess: handle }))
  })

  const tooLate = Effect.sleep(TIME_TO_AUTHENTICATE).pipe(
    Effect.andThen(Effect.suspend(() => (Option.isSome(caller) ? Effect.never : Ended.because("unauthenticated"))))
  )

  yield* endWhen(session.refused)
  yield* Option.isSome(caller) ? welcome : enter
  return yield* Effect.raceAllFirst([
    Effect.forever(next),
    tooLate,
    Effect.flatMap(Queue.take(failed), Effect.fail),
    Effect.andThen(session.closing, Ended.because("closing"))
  ])
})

/** Runs until the server ends the connection. When the client does, it is interrupted. */
export const runSocket = (session: SocketSession) =>
  converse(session).pipe(
    Effect.scoped,
    Effect.catchTag("Ended", ({ reason }) =>
      Effect.sync(() => session.socket.close(closeCodes[reason].code, closeCodes[reason].reason))
    )
  )
