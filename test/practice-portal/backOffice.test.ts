import { expect, test } from "bun:test"
import { makeVisitor, openPortal, target } from "./PortalVisitor.ts"

const signedIn = async (restaurant = "trattoria-roma", portal = openPortal()) => {
  const visitor = makeVisitor(portal)
  await visitor.signIn(restaurant)
  return visitor
}

test("gives each restaurant the seeded menu in its categories", async () => {
  const visitor = await signedIn()

  const page = await visitor.text("/menu")

  expect([...page.matchAll(/scope="row"/gu)]).toHaveLength(12)
  for (const category of ["Antipasti", "Pizza", "Pasta", "Dolci"]) {
    expect(page).toContain(`<caption>${category}</caption>`)
  }
  expect(page).toContain("Penne all&#39;arrabbiata")
})

test("creates a tag and puts it on an item of this restaurant only", async () => {
  const portal = openPortal()
  const roma = await signedIn("trattoria-roma", portal)
  const ito = await signedIn("sushi-ito", portal)

  expect(target(await roma.post("/tags", { name: "  Very   spicy ", colour: "red" }))).toBe("/practice/tags?created=1")
  const saved = await roma.post("/menu/items/diavola", { tags: "1" })
  const stolen = await ito.post("/menu/items/diavola", { tags: "1" })

  expect(target(saved)).toBe("/practice/menu/items/diavola?saved=1")
  expect(stolen.status).toBe(303)
  expect(await roma.text("/menu")).toContain('<span class="tag red">Very spicy</span>')
  expect(await roma.text("/menu/items/diavola")).toContain('value="1" checked')
  expect(await ito.text("/menu")).not.toContain("Very spicy")
})

test("takes a tag off when its box is not ticked any more", async () => {
  const visitor = await signedIn()
  await visitor.post("/tags", { name: "Vegan", colour: "green" })
  await visitor.post("/tags", { name: "Spicy", colour: "red" })
  await visitor.post("/menu/items/marinara", { tags: ["1", "2"] })

  await visitor.post("/menu/items/marinara", { tags: "2" })

  const menu = await visitor.text("/menu")
  expect(menu).toContain("Spicy")
  expect(menu).not.toContain("Vegan")
})

test.each(["Vegan", "vegan", " VEGAN "])("refuses %p when there is a tag named Vegan", async (name) => {
  const visitor = await signedIn()
  await visitor.post("/tags", { name: "Vegan", colour: "green" })

  const answer = await visitor.post("/tags", { name, colour: "red" })

  expect(answer.status).toBe(409)
  expect(await answer.text()).toContain(`There is a tag named “${name.trim()}” already.`)
  expect([...(await visitor.text("/tags")).matchAll(/class="tag /gu)]).toHaveLength(1)
})

test.each(["", "   ", "x".repeat(61)])("refuses %p as the name of a tag", async (name) => {
  const visitor = await signedIn()

  expect((await visitor.post("/tags", { name, colour: "red" })).status).toBe(422)
  expect(await visitor.text("/tags")).toContain("There are no tags yet.")
})

test("escapes what people typed, everywhere it is shown", async () => {
  const visitor = await signedIn()
  const name = `<img src=x onerror="alert(1)">`

  await visitor.post("/tags", { name, colour: `red" onclick="x` })
  const refused = await visitor.post("/tags", { name, colour: "red" })
  await visitor.post("/menu/items/margherita", { tags: "1" })
  const signIn = await visitor.post("/sign-in", { restaurantId: `"><b>`, email: `"><i>`, password: "x" })

  const pages = await Promise.all(["/tags", "/menu", "/menu/items/margherita"].map(visitor.text))
  for (const page of [...pages, await refused.text()]) {
    expect(page).toContain("&lt;img")
    expect(page).not.toMatch(/<img|onclick="x/u)
  }
  expect(await signIn.text()).not.toMatch(/<b>|<i>/u)
})

test("answers unknown items and pages with 404", async () => {
  const visitor = await signedIn()

  expect((await visitor.get("/menu/items/caviar")).status).toBe(404)
  expect((await visitor.post("/menu/items/caviar", { tags: "1" })).status).toBe(404)
  expect((await visitor.get("/no-such-page")).status).toBe(404)
})

test.each([
  ["text/plain", "name=x"],
  ["application/json", "{"],
  ["multipart/form-data", "no boundary"],
  ["multipart/form-data; boundary=b", "--b\r\nbroken"],
  ["application/x-www-form-urlencoded", "tags=%zz&tags=-1&tags=1e99&name=%00%ff"]
])("never breaks on a strange body: %s %p", async (type, body) => {
  const portal = openPortal()
  const cookie = (await makeVisitor(portal).signIn("roma")).headers.get("Set-Cookie")!.split(";")[0]!
  const send = (path: string) =>
    portal.server.request(`/practice${path}`, { method: "POST", body, headers: { cookie, "Content-Type": type } })

  const statuses = await Promise.all(
    ["/tags", "/menu/items/margherita", "/faults", "/sign-in"].map(async (path) => (await send(path)).status)
  )

  for (const status of statuses) expect(status).toBeLessThan(500)
})

test("goes back to the seeded menu, without tags and faults, for one restaurant only", async () => {
  const portal = openPortal()
  const roma = await signedIn("trattoria-roma", portal)
  const ito = await signedIn("sushi-ito", portal)
  for (const visitor of [roma, ito]) await visitor.post("/tags", { name: "Vegan", colour: "green" })
  portal.faults.switchOn("trattoria-roma", { kind: "slow", pathPrefix: "/elsewhere" })

  expect(target(await roma.post("/reset", {}))).toBe("/practice/dashboard?reset=1")

  expect(await roma.text("/tags")).toContain("There are no tags yet.")
  expect(await roma.text("/menu")).toContain("Margherita")
  expect(portal.faults.all("trattoria-roma")).toEqual([])
  expect(await ito.text("/tags")).toContain("Vegan")
})
