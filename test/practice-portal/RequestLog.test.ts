import { expect, test } from "bun:test"
import { openDatabase } from "../../src/practice-portal/data/PortalDatabase.ts"
import { makeRequestLog } from "../../src/practice-portal/data/RequestLog.ts"
import { makeVisitor, openPortal } from "./PortalVisitor.ts"

const visitBoth = async () => {
  const portal = openPortal()
  const [roma, ito] = [makeVisitor(portal), makeVisitor(portal)]
  await roma.get("/menu")
  await roma.signIn("trattoria-roma")
  await roma.post("/tags", { name: "Vegan" })
  await ito.signIn("sushi-ito")
  await roma.get("/menu/items/nothing?saved=1")
  await roma.get(`/faults?restaurant=trattoria-roma`)
  return { portal, roma }
}

const summary = (entries: ReadonlyArray<{ method: string; path: string; status: number }>) =>
  entries.map(({ method, path, status }) => `${method} ${path} ${status}`)

test("keeps what each restaurant asked, newest first, and nothing from backstage", async () => {
  const { portal } = await visitBoth()

  expect(summary(portal.requests("trattoria-roma"))).toEqual([
    "GET /menu/items/nothing 404",
    "POST /tags 303",
    "POST /sign-in 303"
  ])
  expect(summary(portal.requests("sushi-ito"))).toEqual(["POST /sign-in 303"])
  expect(portal.requests()).toHaveLength(5)
})

test("shows the log as JSON and as a page", async () => {
  const { portal, roma } = await visitBoth()

  const { requests } = await (await roma.get("/requests.json?restaurant=trattoria-roma")).json()

  expect(requests).toEqual(portal.requests("trattoria-roma"))
  expect(await roma.text("/requests?restaurant=trattoria-roma")).toContain("<code>POST /tags</code>")
  expect(await roma.text("/requests")).toContain("sushi-ito")
})

test("keeps the last 2,000 requests", () => {
  const log = makeRequestLog(openDatabase(":memory:"))
  const entry = { at: "2026-01-01T00:00:00.000Z", restaurant: "r", method: "GET", status: 200, durationMs: 1 }

  for (let i = 1; i <= 2_010; i++) log.add({ ...entry, path: `/${i}` })

  const kept = log.entries()
  expect(kept).toHaveLength(2_000)
  expect([kept[0]?.path, kept.at(-1)?.path]).toEqual(["/2010", "/11"])
})
