import { expect, test } from "bun:test"
import { Effect, Latch } from "effect"
import { Hono } from "hono"
import { localCaller } from "../../src/domain/Caller.ts"
import type { CallerEnv } from "../../src/http/callerOf.ts"
import { problemResponse } from "../../src/http/errorResponse.ts"
import { isSentAlready, makeSentForms } from "../../src/http/sentForms.ts"
import { it } from "../support/effect.ts"
import { cookieOf, makeIdentityApp, text } from "./identityApp.ts"

const form = { name: "Anna", role: "admin", lifetime: "90", once: "a-page-of-keys" }

const secretIn = (page: string) => /cb_\w{43}/u.exec(page)?.[0]

it.effect("makes one key of a form that is sent twice, and shows its secret to who sent it again", () =>
  Effect.gen(function* () {
    const { identity, send } = yield* makeIdentityApp()

    const [dropped, seen] = yield* Effect.all([send("/keys", form), send("/keys", form)], { concurrency: 2 })

    expect([dropped.status, seen.status, identity.all.length]).toEqual([200, 200, 1])
    expect(identity.secrets.has(secretIn(yield* text(seen))!)).toBe(true)
    expect(identity.sessions.has(cookieOf(seen)!)).toBe(true)
    expect(seen.headers.get("cache-control")).toBe("no-store")
  })
)

test("works on a form to its end, though its sender went away, but leaves other requests to their senders", async () => {
  const app = new Hono<CallerEnv>()
    .use((c, next) => {
      c.set("caller", localCaller)
      return next()
    })
    .use(makeSentForms({ refuse: (_, problem) => problemResponse(problem) }).once)
    .post("/work", (c) => c.text(c.req.raw.signal.aborted ? "given up" : "done"))
  const gone = AbortSignal.abort()
  const send = async (fields: Record<string, string>) => {
    const request = new Request("http://localhost/work", {
      method: "POST",
      body: new URLSearchParams(fields),
      signal: gone
    })
    return (await app.fetch(request)).text()
  }

  expect(await send({ once: "a-page" })).toBe("done")
  expect(await send({ name: "no key" })).toBe("given up")
})

it.effect("does nothing for a form that is loaded again by the session that it began", () =>
  Effect.gen(function* () {
    const { identity, send } = yield* makeIdentityApp()
    const cookie = cookieOf(yield* send("/keys", form))

    const again = yield* send("/keys", form, { Cookie: `callboard-session=${cookie}` })

    expect([again.status, identity.all.length]).toEqual([409, 1])
    const page = yield* text(again)
    expect(page).toContain("This form was sent already.")
    expect(secretIn(page)).toBeUndefined()
  })
)

it.effect("keeps a secret for a minute and no longer", () =>
  Effect.gen(function* () {
    const { identity, send } = yield* makeIdentityApp({}, { limits: { keptMs: 0 } })
    const Cookie = yield* Effect.map(send("/keys", form), (made) => `callboard-session=${cookieOf(made)}`)
    const other = { ...form, once: "another-page" }
    yield* send("/keys", other, { Cookie })
    const later = yield* Latch.make()
    setTimeout(() => Latch.openUnsafe(later), 0)
    yield* later.await

    const again = yield* send("/keys", other, { Cookie })

    expect([again.status, identity.all.length]).toEqual([409, 2])
  })
)

const answering = (answer: (form: string) => Response, mostAnswerBytes?: number) => {
  const seen: Array<string> = []
  const { once } = makeSentForms({
    refuse: (_, problem) => problemResponse(problem),
    ...(mostAnswerBytes !== undefined && { mostAnswerBytes })
  })
  const app = new Hono<CallerEnv>()
    .use((c, next) => {
      c.set("caller", localCaller)
      return next()
    })
    .use(once)
    .post("/work", async (c) => {
      if (isSentAlready(c)) return c.text("sent already", 409)
      const form = await c.req.text()
      seen.push(form)
      return answer(form)
    })
  const send = async (page: string) => {
    const answered = await app.request("/work", { method: "POST", body: new URLSearchParams({ once: page }) })
    await answered.body?.cancel()
    return answered.status
  }
  return { seen, send }
}

const KILOBYTES = 1024

test("gives a large answer again only where it is marked as one that is shown once, and does nothing twice", async () => {
  const page = "x".repeat(64 * KILOBYTES)
  const ordinary = answering(() => new Response(page))
  const shownOnce = answering(() => new Response(page, { headers: { "Cache-Control": "no-store" } }))
  const small = answering(() => new Response("done"))
  const redirect = answering(() => new Response(null, { status: 303, headers: { Location: "/jobs" } }))
  const twice = async ({ send }: typeof ordinary) => [await send("a-page"), await send("a-page")]

  expect(await twice(ordinary)).toEqual([200, 409])
  expect(await twice(shownOnce)).toEqual([200, 200])
  expect(await twice(small)).toEqual([200, 200])
  expect(await twice(redirect)).toEqual([303, 303])
  expect([ordinary, shownOnce, small, redirect].map(({ seen }) => seen.length)).toEqual([1, 1, 1, 1])
})

test("keeps no more answers than have room together, forgets the oldest first, and does nothing twice all the same", async () => {
  const page = "x".repeat(200 * KILOBYTES)
  const { seen, send } = answering(
    () => new Response(page, { headers: { "Cache-Control": "no-store" } }),
    500 * KILOBYTES
  )

  const first = [await send("a"), await send("b"), await send("c")]
  const again = [await send("a"), await send("b"), await send("c")]

  expect([first, again]).toEqual([
    [200, 200, 200],
    [409, 200, 200]
  ])
  expect(seen).toHaveLength(3)
})

it.effect("takes a form again that was refused, that somebody changed, or that came before a sign-in", () =>
  Effect.gen(function* () {
    const { identity, send } = yield* makeIdentityApp()
    const statusOf = (sent: Record<string, string>, headers = {}) =>
      Effect.map(send("/keys", sent, headers), ({ status }) => status)

    expect(yield* statusOf({ ...form, role: "chef" })).toBe(422)
    expect(yield* statusOf({ ...form, role: "chef" })).toBe(422)
    const Cookie = `callboard-session=${cookieOf(yield* send("/keys", form))}`
    expect(yield* statusOf({ ...form, name: "Berta" })).toBe(303)
    expect(yield* statusOf({ ...form, name: "Berta" }, { Cookie })).toBe(200)

    expect(identity.all.map(({ name }) => name)).toEqual(["Berta", "Anna"])
  })
)

it.effect("reads no form of those whom nobody knows", () =>
  Effect.gen(function* () {
    const { app, send } = yield* makeIdentityApp()
    yield* send("/keys", form)
    let reads = 0
    const pull = () => {
      reads += 1
    }
    const body = new ReadableStream({ pull }, { highWaterMark: 0 })
    const headers = { "Content-Type": "application/x-www-form-urlencoded", Cookie: "callboard-session=invented" }

    const answer = yield* Effect.promise(async () =>
      app.fetch(new Request("http://localhost:3000/keys", { method: "POST", headers, body }))
    )

    expect([answer.headers.get("location")?.startsWith("/sign-in"), reads]).toEqual([true, 0])
  })
)
