import { afterEach, beforeEach, expect, test } from "bun:test"
import { CallboardError, createClient } from "../../src/client.ts"
import { settled, takeClock } from "./clock.ts"

let giveBack: () => void
beforeEach(() => {
  giveBack = takeClock()
})
afterEach(() => giveBack())

const status = { id: "1", jobId: "JOB_1", jobType: "bake", status: "in_progress", revision: 1 }
const done = { ...status, status: "completed", revision: 2 }

type Init = RequestInit & { readonly signal: AbortSignal }

/** As `fetch` does it: no answer, and no failure but the abort. */
const dead = ({ signal }: Init) =>
  new Promise<Response>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))

/** Answers in turn, and says when each request came, in milliseconds of the controlled clock. */
const serverOf = (...replies: Array<object | ((init: Init) => Promise<Response>)>) => {
  const start = Date.now()
  const asked: Array<number> = []
  const keys = new Set<string | null>()
  const fetch = (async (_url: string, init: Init) => {
    asked.push(Date.now() - start)
    keys.add(new Headers(init.headers).get("idempotency-key"))
    const reply = replies.shift()
    if (typeof reply === "function") return reply(init)
    return Response.json({ data: reply }, { headers: { etag: JSON.stringify(reply) } })
  }) as unknown as typeof globalThis.fetch
  return { asked, keys, client: createClient({ fetch }) }
}

test("asks again when a held request is not answered in time, on a connection that is dead", async () => {
  const { asked, client } = serverOf(status, dead, done, done)

  expect((await settled(client.waitFor("1"))).status).toBe("completed")
  // Held for 20 s, 15 s late, and 2 s after what failed.
  expect(asked).toEqual([0, 0, 37_000, 37_000])
})

test("gives up a look that is not answered, as a network that is lost", async () => {
  const { asked, client } = serverOf(dead)

  const failure = await settled(client.status("1").catch((error: unknown) => error))

  expect(failure).toBeInstanceOf(CallboardError)
  expect(failure).toMatchObject({ code: "NETWORK", isPassing: true, cause: { name: "TimeoutError" } })
  expect(asked).toEqual([0])
})

test("sends what makes a job again with its key, also where `fetch` does not look at its signal", async () => {
  const { asked, client, keys } = serverOf(() => new Promise(() => undefined), status)

  expect(await settled(client.create("bake", {}))).toMatchObject({ id: "1" })
  expect(asked).toEqual([0, 60_250])
  expect(keys.size).toBe(1)
})

/** A file whose second half takes longer than an answer may. */
const slowFile = async ({ signal }: Init) =>
  new Response(
    new ReadableStream({
      start: (controller) => {
        signal.addEventListener("abort", () => controller.error(signal.reason))
        controller.enqueue(new TextEncoder().encode("first, "))
        setTimeout(() => {
          controller.enqueue(new TextEncoder().encode("second"))
          controller.close()
        }, 200_000)
      }
    })
  )

test("lets a file take its time, and stops it when the caller does", async () => {
  const { client } = serverOf(slowFile, slowFile)
  const stop = new AbortController()

  const whole = await settled(client.artifact("1", "film").then((file) => file.text()))
  const cut = await client.artifact("1", "film", { signal: stop.signal })
  stop.abort(new Error("left the page"))

  expect(whole).toBe("first, second")
  expect(await cut.text().catch((error: unknown) => error)).toMatchObject({ message: "left the page" })
})

test("does not wait for a token that never comes, nor past its signal", async () => {
  const client = createClient({ baseUrl: "http://orders.example", token: () => new Promise<string>(() => undefined) })
  const stop = new AbortController()

  const waiting = client.get("1", { signal: stop.signal }).catch((error: unknown) => error)
  stop.abort(new Error("left the page"))
  const failure = await settled(client.status("1").catch((error: unknown) => error))

  expect(await waiting).toMatchObject({ message: "left the page" })
  expect(failure).toMatchObject({ code: "NETWORK", status: 0, message: "The token for Callboard cannot be had" })
})
