import { expect, test } from "bun:test"
import { formatPrice, parsePrice, priceText } from "../../src/practice-portal/data/prices.ts"
import { makeVisitor, openPortal, target } from "./PortalVisitor.ts"

const signedIn = async (restaurant = "trattoria-roma", portal = openPortal()) => {
  const visitor = makeVisitor(portal)
  await visitor.signIn(restaurant)
  return visitor
}

const withSize = async () => {
  const visitor = await signedIn()
  await visitor.post("/options", { name: "Size", min: "1", max: "1" })
  await visitor.post("/options/1/choices", { name: "Large", price: "2,50" })
  return visitor
}

test("creates a set with a choice and offers it on items", async () => {
  const visitor = await withSize()

  expect(target(await visitor.post("/options/1/items", { items: ["margherita", "caviar"] }))).toBe(
    "/practice/options/1?saved=1"
  )
  const page = await visitor.text("/options/1")
  expect(page).toContain('value="2.50"')
  expect([...page.matchAll(/ checked/gu)]).toHaveLength(1)
  expect(await visitor.text("/options")).toMatch(/Size.*Large/su)
})

test("saves prices and rules, all of a form or nothing", async () => {
  const visitor = await withSize()

  const prices = [await visitor.post("/options/1/prices", { "price-1": "3" })]
  prices.push(await visitor.post("/options/1/prices", { "price-1": "free" }))
  const rules = await visitor.post("/options/1/rules", { min: "2", max: "1" })

  expect(prices.map(({ status }) => status)).toEqual([303, 422])
  expect(rules.status).toBe(422)
  expect(await rules.text()).toContain("“At least” is not more than that")
  expect(await visitor.text("/options/1")).toMatch(/value="3.00"/u)
})

test.each([
  ["/options", { name: "SIZE", min: "0", max: "1" }, 409],
  ["/options", { name: "", min: "0", max: "1" }, 422],
  ["/options", { name: "Sauce", min: "0", max: "21" }, 422],
  ["/options/1/choices", { name: "large", price: "1" }, 422],
  ["/options/1/choices", { name: "Small", price: "-1" }, 422],
  ["/options/1/constructor", {}, 404],
  ["/options/2/items", { items: "margherita" }, 404]
])("refuses to post %p with %p", async (path, fields, status) => {
  const visitor = await withSize()

  expect((await visitor.post(path, fields)).status).toBe(status)
})

test("keeps the sets of restaurants apart, and removes them with a reset", async () => {
  const portal = openPortal()
  const [roma, ito] = [await signedIn("trattoria-roma", portal), await signedIn("sushi-ito", portal)]
  await roma.post("/options", { name: "Size", min: "0", max: "1" })

  expect((await ito.get("/options/1")).status).toBe(404)
  await roma.post("/reset", {})
  expect(await roma.text("/options")).toContain("There are no option sets yet.")
})

test.each([
  ["12", 1_200],
  ["0,5", 50],
  [" 12.50 € ", 1_250],
  ["€3.05", 305],
  ["10000.00", 1_000_000]
])("reads the price %p", (text, cents) => {
  expect(parsePrice(text)).toBe(cents)
})

test.each(["", "free", "1.234", "-1", "1e3", "10000.01", "1.2.3"])("takes %p for no price", (text) => {
  expect(parsePrice(text)).toBeUndefined()
})

test("writes prices for fields and for people", () => {
  expect([priceText(1_205), formatPrice(1_205)]).toEqual(["12.05", "€12.05"])
})
