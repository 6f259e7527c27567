import { expect, test } from "bun:test"
import type { FaultWish } from "../../src/practice-portal/data/Faults.ts"
import { makeVisitor, openPortal, target } from "./PortalVisitor.ts"

const RESTAURANT = "trattoria-roma"

const visitWith = async (...wishes: ReadonlyArray<FaultWish>) => {
  const portal = openPortal()
  const visitor = makeVisitor(portal)
  await visitor.signIn(RESTAURANT)
  for (const wish of wishes) portal.faults.switchOn(RESTAURANT, wish)
  return { portal, visitor }
}

test("answers 500 to the next requests of a path, then works again", async () => {
  const { portal, visitor } = await visitWith({
    kind: "error",
    timesLeft: 2,
    pathPrefix: "/menu",
    retryAfterSeconds: 7
  })
  const other = makeVisitor(portal)
  await other.signIn("sushi-ito")

  expect((await visitor.get("/tags")).status).toBe(200)
  expect((await other.get("/menu")).status).toBe(200)
  const first = await visitor.get("/menu")
  const second = await visitor.post("/menu/items/margherita", { tags: "1" })
  const third = await visitor.get("/menu")

  expect([first.status, second.status, third.status]).toEqual([500, 500, 200])
  expect(first.headers.get("Retry-After")).toBe("7")
  expect(first.headers.get("Content-Security-Policy")).toContain("default-src 'none'")
  expect(third.headers.get("Retry-After")).toBeNull()
})

test("does not do what it answered with 500", async () => {
  const { visitor } = await visitWith({ kind: "error", pathPrefix: "/tags" })

  await visitor.post("/tags", { name: "Vegan" })

  expect(await visitor.text("/tags")).not.toContain("Vegan")
})

test("hits the sign-in of the restaurant it is on for", async () => {
  const { portal } = await visitWith({ kind: "error", pathPrefix: "/sign-in" })

  expect((await makeVisitor(portal).signIn("sushi-ito")).status).toBe(303)
  expect((await makeVisitor(portal).signIn(RESTAURANT)).status).toBe(500)
})

test("drops the session, so that one has to sign in again", async () => {
  const { visitor } = await visitWith({ kind: "session", pathPrefix: "/menu" })

  const dropped = await visitor.get("/menu")
  const after = await visitor.get("/menu")

  expect(target(dropped)).toBe(`/practice/sign-in?ended=1&restaurant=${RESTAURANT}`)
  expect(await visitor.text("/sign-in?ended=1&restaurant=sushi-ito")).toMatch(
    /Your session has ended.*value="sushi-ito"/su
  )
  expect(target(after)).toBe("/practice/sign-in?ended=1")
  await visitor.signIn(RESTAURANT)
  expect((await visitor.get("/menu")).status).toBe(200)
})

test("moves and renames the main button of the next page that has one", async () => {
  const { visitor } = await visitWith({ kind: "moved-button", pathPrefix: "/" })

  expect(await visitor.text("/dashboard")).toContain("Reset this restaurant")
  expect(await visitor.text("/menu/items/diavola")).toMatch(/Apply changes.*<fieldset/su)
  expect(await visitor.text("/menu/items/diavola")).toMatch(/<\/fieldset>.*Save item/su)
})

test("shows a page for people only, and does nothing else", async () => {
  const { visitor } = await visitWith({ kind: "captcha", pathPrefix: "/tags" })

  const answer = await visitor.post("/tags", { name: "Vegan" })

  expect(answer.status).toBe(403)
  expect(await answer.text()).toContain("Are you a person?")
  expect(await visitor.text("/tags")).not.toContain("Vegan")
})

test("does the work of a request whose answer it loses", async () => {
  const { portal, visitor } = await visitWith({ kind: "dropped-connection", pathPrefix: "/tags" })

  const answer = await visitor.post("/tags", { name: "Vegan" })
  const dropped = (await portal.server.request("/practice/dropped")).text()

  expect([target(answer), answer.headers.get("Connection")]).toEqual(["/practice/dropped", "close"])
  expect(await dropped.then(() => "an answer").catch(() => "nothing")).toBe("nothing")
  expect(await visitor.text("/tags")).toContain("Vegan")
})

test("answers late, by at least the time that was asked for", async () => {
  const { portal, visitor } = await visitWith({ kind: "slow", delayMs: 40, pathPrefix: "/menu" })

  await visitor.get("/menu")

  expect(portal.requests(RESTAURANT)[0]!.durationMs).toBeGreaterThanOrEqual(39)
  expect(portal.faults.all(RESTAURANT)).toEqual([])
})

test("is switched on and off by a form", async () => {
  const { portal, visitor } = await visitWith()
  const fields = { restaurant: RESTAURANT, kind: "error", times: "3", pathPrefix: "/tags", retryAfterSeconds: "5" }

  expect(target(await visitor.post("/faults", fields))).toBe(`/practice/faults?restaurant=${RESTAURANT}`)
  expect(await visitor.text(`/faults?restaurant=${RESTAURANT}`)).toContain("On: 3 to go, for paths from /tags")
  expect(portal.faults.all(RESTAURANT)[0]).toMatchObject({ kind: "error", timesLeft: 3, retryAfterSeconds: 5 })

  await visitor.post("/faults", { restaurant: RESTAURANT, kind: "error", off: "error" })
  expect(portal.faults.all(RESTAURANT)).toEqual([])
})

test("is switched on and off by JSON, with numbers brought into their bounds", async () => {
  const { portal } = await visitWith({ kind: "session" })
  const send = (body: unknown) =>
    portal.server.request("/practice/faults", {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "Content-Type": "application/json" }
    })

  const on = await send({ restaurant: RESTAURANT, kind: "slow", times: 0, delayMs: 1e9, pathPrefix: "/menu" })
  const strange = [null, 1, [], {}, { restaurant: "NO", kind: "slow" }, { restaurant: RESTAURANT, kind: "fire" }]
  const refused = await Promise.all(strange.map(async (body) => (await send(body)).status))

  expect(await on.json()).toEqual({
    restaurant: RESTAURANT,
    faults: [
      { kind: "session", timesLeft: 1, pathPrefix: "/", delayMs: 3000, retryAfterSeconds: 0 },
      { kind: "slow", timesLeft: 1, pathPrefix: "/menu", delayMs: 60_000, retryAfterSeconds: 0 }
    ]
  })
  expect(refused).toEqual(strange.map(() => 422))
  expect(await (await send({ restaurant: RESTAURANT, off: "all" })).json()).toMatchObject({ faults: [] })
})
