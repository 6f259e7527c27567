import { expect, test } from "bun:test"
import { getEventListeners } from "node:events"
import { createClient } from "../../src/client.ts"

test("says at once what can never be sent, and does not try it again and again", async () => {
  const opened = [
    createClient().events("1"),
    createClient({ baseUrl: "http://127.0.0.1:9", token: "a\nb" }).events("1")
  ]

  const failures = await Promise.all(opened.map((each) => each.next().catch((error: unknown) => error)))

  expect(failures).toMatchObject([
    { message: expect.stringContaining("createClient needs a baseUrl") },
    { message: expect.stringContaining("no header can carry") }
  ])
})

/** A client whose streams and files all end after one part, and the listeners that are on a signal then. */
const fetch = (async (_url: string, { method }: RequestInit) =>
  method === "DELETE"
    ? new Response(null, { status: 204 })
    : new Response("event: log\nid: 1\ndata: {}\n\n")) as unknown as typeof globalThis.fetch
const client = createClient({ fetch })
const left = (signal: AbortSignal) => getEventListeners(signal, "abort").length

test("leaves the caller's signal when a stream has broken, before it waits for the next one", async () => {
  const stop = new AbortController()
  const heard: Array<number> = []
  const onBreak = () => {
    heard.push(left(stop.signal))
    stop.abort(new Error("left the page"))
  }

  const failure = await Array.fromAsync(client.events("1", { signal: stop.signal, onBreak })).catch((error) => error)

  expect(failure).toMatchObject({ message: "left the page" })
  expect(heard).toEqual([0])
})

test("leaves the caller's signal when a file has come, or nobody wants the rest, or there is nothing to come", async () => {
  const { signal } = new AbortController()

  const file = await client.artifact("1", "film", { signal })
  const during = left(signal)
  const text = await file.text()
  await (await client.artifact("1", "film", { signal })).body?.cancel()
  await client.remove("1", { signal })

  expect([during, text, left(signal)]).toEqual([1, "event: log\nid: 1\ndata: {}\n\n", 0])
})
