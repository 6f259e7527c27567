import { afterEach, expect, jest, test } from "bun:test"
import { Effect } from "effect"
import { CallboardError, createClient } from "../../src/client.ts"
import { makePgApi } from "../support/PgApi.ts"
import { databaseTests } from "../support/PgServices.ts"
import { idle } from "../support/scripts.ts"
import { settled } from "./clock.ts"

afterEach(() => void jest.useRealTimers())

const inDatabase = databaseTests(idle)

inDatabase(
  "makes one job of calls that come at once with the same key, and gives it to all of them",
  Effect.gen(function* () {
    const { handler } = yield* makePgApi
    const fetch = ((url: string, init: RequestInit) => handler(new Request(url, init))) as typeof globalThis.fetch
    const client = createClient({ baseUrl: "http://localhost:3000", fetch })
    const press = () => client.create("idle", {}, { idempotencyKey: "order-7" })

    const jobs = yield* Effect.promise(() => Promise.all(Array.from({ length: 3 }, press)))

    expect(new Set(jobs.map(({ id }) => id)).size).toBe(1)
  }).pipe(Effect.scoped)
)

/** A server that works on the key for so long, by the controlled clock. */
const busyFor = (ms: number) => {
  jest.useFakeTimers()
  const start = Date.now()
  const asked: Array<number> = []
  const fetch = (async () => {
    asked.push(Date.now() - start)
    if (Date.now() - start >= ms) return Response.json({ data: { id: "1" } }, { status: 202 })
    return Response.json({ code: "IDEMPOTENCY_IN_FLIGHT" }, { status: 409, headers: { "retry-after": "1" } })
  }) as unknown as typeof globalThis.fetch
  return { asked, client: createClient({ fetch }) }
}

test("asks again when it is told to, for longer than when no answer comes", async () => {
  const { asked, client } = busyFor(7_000)

  const made = await settled(client.create("bake", {}))

  expect(made).toMatchObject({ id: "1" })
  expect(asked).toEqual([0, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000])
})

test("waits for a request that a gateway gave up, although that took long", async () => {
  jest.useFakeTimers()
  const inFlight = () => Response.json({ code: "IDEMPOTENCY_IN_FLIGHT" }, { status: 409 })
  const cut = () => new Promise<Response>((resolve) => setTimeout(resolve, 40_000, new Response(null, { status: 504 })))
  const replies = [cut, inFlight, inFlight, inFlight, () => Response.json({ data: { id: "1" } }, { status: 202 })]
  const client = createClient({ fetch: (async () => replies.shift()!()) as unknown as typeof globalThis.fetch })

  expect(await settled(client.create("bake", {}))).toMatchObject({ id: "1" })
})

test("gives up in the end, and says that the same request may work later", async () => {
  const { client } = busyFor(Number.POSITIVE_INFINITY)

  const failure = await settled(client.create("bake", {}).catch((error: unknown) => error))

  expect(failure).toBeInstanceOf(CallboardError)
  expect(failure).toMatchObject({ status: 409, code: "IDEMPOTENCY_IN_FLIGHT", isPassing: true })
})
