import { expect } from "bun:test"
import { Deferred, Effect, Fiber, Latch, Option, Queue } from "effect"
import { TestClock } from "effect/testing"
import { localCaller } from "../../../src/domain/Caller.ts"
import { CredentialsRefusedProblem } from "../../../src/http/api/identityProblems.ts"
import { type ApiProblem, ServiceUnavailable } from "../../../src/http/api/problems.ts"
import { runSocket, type SocketSession } from "../../../src/http/streams/socketSession.ts"
import { it } from "../../support/effect.ts"
import { makeStreams } from "./streamApi.ts"

/** A session on a socket that has `unsent` bytes on their way after each message. */
const converse = (unsent: number, caller = Option.some(localCaller), others: Partial<SocketSession> = {}) =>
  Effect.gen(function* () {
    const { serve } = yield* makeStreams
    const { services } = yield* serve()
    const sent: Array<string> = []
    const closed: Array<number> = []
    const inbox = yield* Queue.unbounded<string | Buffer>()
    const drained = yield* Latch.make(false)
    const session = {
      socket: {
        send: (text: string) => {
          sent.push(JSON.parse(text).type)
          return unsent
        },
        close: (code: number) => {
          closed.push(code)
        }
      },
      inbox,
      drained,
      caller,
      authenticate: () => Effect.fail(new CredentialsRefusedProblem()),
      known: () => undefined,
      refused: Effect.never,
      closing: Effect.never,
      ...others
    }
    const fiber = yield* Effect.forkChild(runSocket(session).pipe(Effect.provideContext(services)))
    yield* TestClock.adjust(0)
    return { sent, closed, inbox, drained, fiber }
  })

it.effect("sends nothing more to a client that does not read, and ends the connection after half a minute", () =>
  Effect.gen(function* () {
    const { closed, fiber, inbox, sent } = yield* converse(100_000)

    yield* Queue.offer(inbox, '{"type":"ping"}')
    yield* TestClock.adjust("29 seconds")
    const before = [...closed]
    yield* TestClock.adjust("2 seconds")
    yield* Fiber.join(fiber)

    expect(sent).toEqual(["ready"])
    expect(before).toEqual([])
    expect(closed).toEqual([1013])
  })
)

it.effect("goes on when what was sent has left", () =>
  Effect.gen(function* () {
    const { closed, drained, inbox, sent } = yield* converse(100_000)

    yield* Queue.offer(inbox, '{"type":"ping"}')
    yield* drained.open
    yield* TestClock.adjust("1 second")

    expect(sent).toEqual(["ready", "pong"])
    expect(closed).toEqual([])
  })
)

it.effect("ends a connection whose client does not say in time who it is", () =>
  Effect.gen(function* () {
    const { closed, fiber, sent } = yield* converse(0, Option.none())

    yield* TestClock.adjust("10 seconds")
    yield* Fiber.join(fiber)

    expect(sent).toEqual([])
    expect(closed).toEqual([4401])
  })
)

it.effect("ends a connection when its caller is let in no longer", () =>
  Effect.gen(function* () {
    const refused = yield* Deferred.make<void>()
    const { closed, fiber } = yield* converse(0, undefined, { refused: Deferred.await(refused) })
    const before = [...closed]

    yield* Deferred.succeed(refused, undefined)
    yield* Fiber.join(fiber)

    expect(before).toEqual([])
    expect(closed).toEqual([4401])
  })
)

it.effect("ends a connection when the token that it sent is good no longer, and not while nobody can say", () =>
  Effect.gen(function* () {
    const known: { problem?: ApiProblem } = {}
    const authenticate = () =>
      Effect.suspend(() => (known.problem === undefined ? Effect.succeed(localCaller) : Effect.fail(known.problem)))
    const { closed, fiber, inbox, sent } = yield* converse(0, Option.none(), { authenticate })
    yield* Queue.offer(inbox, '{"type":"auth","token":"right"}')
    yield* TestClock.adjust("1 minute")

    known.problem = new ServiceUnavailable({ detail: "away" })
    yield* TestClock.adjust("1 minute")
    const before = [...closed]
    known.problem = new CredentialsRefusedProblem()
    yield* TestClock.adjust("5 seconds")
    yield* TestClock.adjust("5 seconds")
    yield* Fiber.join(fiber)

    expect(sent).toEqual(["ready"])
    expect(before).toEqual([])
    expect(closed).toEqual([4401])
  })
)

it.effect("tells a client to come back when nobody can say whose token it is", () =>
  Effect.gen(function* () {
    const authenticate = () => Effect.fail(new ServiceUnavailable({ detail: "away" }))
    const { closed, fiber, inbox } = yield* converse(0, Option.none(), { authenticate })

    yield* Queue.offer(inbox, '{"type":"auth","token":"right"}')
    yield* Fiber.join(fiber)

    expect(closed).toEqual([4503])
  })
)
