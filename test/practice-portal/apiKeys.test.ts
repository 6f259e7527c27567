import { expect, test } from "bun:test"
import { makeVisitor, openPortal } from "./PortalVisitor.ts"

const order = { name: "Till", note: "At the bar", permissions: ["Read the menu", "Read orders"] }

const createdBy = async (fields: Record<string, string | ReadonlyArray<string>> = order) => {
  const portal = openPortal()
  const visitor = makeVisitor(portal)
  await visitor.signIn("trattoria-roma")
  const answer = await visitor.post("/api-keys/new", fields)
  const text = await answer.text()
  const key = /id="new-key" value="([^"]+)"/u.exec(text)?.[1] ?? ""
  const readMenu = (authorization = `Bearer ${key}`) =>
    portal.server.request("/practice/api/menu", { headers: { Authorization: authorization } })
  return { answer, key, readMenu, text, visitor }
}

test("shows a new key once, and opens the menu to who has it", async () => {
  const { answer, key, readMenu, visitor } = await createdBy()

  const listed = await visitor.text("/api-keys")
  const menu = (await (await readMenu()).json()) as { readonly items: ReadonlyArray<unknown> }

  expect(answer.status).toBe(201)
  expect(key).toMatch(/^pk_[0-9a-f]{8}_.{32}$/u)
  expect(listed).toContain(key.slice(0, 11))
  expect(listed).not.toContain(key)
  expect(menu).toMatchObject({ restaurant: "trattoria-roma" })
  expect(menu.items).toHaveLength(12)
})

test("locks out a revoked key, a wrong one, and one that may not read the menu", async () => {
  const { key, readMenu, visitor } = await createdBy()
  const other = await createdBy({ ...order, permissions: "Change orders" })

  const wrong = await Promise.all(["", "Bearer ", `Bearer ${key}x`, `Basic ${key}`].map(readMenu))
  await visitor.post(`/api-keys/${key.slice(0, 11)}/revoke`, {})

  expect(wrong.map(({ status }) => status)).toEqual([401, 401, 401, 401])
  expect((await readMenu()).status).toBe(401)
  expect((await other.readMenu()).status).toBe(401)
  expect((await visitor.post(`/api-keys/${key.slice(0, 11)}/revoke`, {})).status).toBe(404)
})

test("refuses a name that is taken, and a key that may do nothing", async () => {
  const { visitor } = await createdBy()

  const taken = await visitor.post("/api-keys/new", { ...order, name: "TILL" })
  const useless = await visitor.post("/api-keys/new", { name: "Other", permissions: "Everything" })

  expect([taken.status, useless.status]).toEqual([409, 422])
  expect([...(await visitor.text("/api-keys")).matchAll(/scope="row"/gu)]).toHaveLength(1)
})
