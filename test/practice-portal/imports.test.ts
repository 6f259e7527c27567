import { expect, test } from "bun:test"
import { makeVisitor, openPortal, target } from "./PortalVisitor.ts"

const makeImporter = async (restaurant = "trattoria-roma", portal = openPortal()) => {
  const visitor = makeVisitor(portal)
  const cookie = (await visitor.signIn(restaurant)).headers.get("Set-Cookie")?.split(";")[0] ?? ""
  const upload = async (content: string, name = "menu.csv") => {
    const body = new FormData()
    body.set("file", new File([content], name, { type: "text/csv" }))
    return portal.server.request("/practice/import", { method: "POST", body, headers: { cookie } })
  }
  return { visitor, upload, portal }
}

const columns = { category: "0", name: "1", description: "", price: "2" }

test("imports new and changed items, and leaves rows with errors out", async () => {
  const { upload, visitor } = await makeImporter()

  const uploaded = await upload("category,name,price\nPizza,Margherita,9.50\nBevande,Chinotto,3\nBevande,Tonica,free")
  const chosen = await visitor.post("/import/1/columns", columns)
  const preview = await visitor.text("/import/1/preview")
  await visitor.post("/import/1/run", {})

  expect([target(uploaded), target(chosen)]).toEqual(["/practice/import/1", "/practice/import/1/preview"])
  expect(preview).toMatch(/Changed.*New.*Error: “free” is no price\./su)
  expect(await visitor.text("/import/1/preview")).toContain("This file was imported.")
  const menu = await visitor.text("/menu")
  expect(menu).toMatch(/Margherita<\/a><p class="hint">Tomato, mozzarella, basil\.<\/p>.*€9\.50.*Chinotto.*€3\.00/su)
  expect(menu).not.toContain("Tonica")
})

test("imports a file once, and gives every new item a page of its own", async () => {
  const { upload, visitor } = await makeImporter()
  await upload("category,name,price\nBevande,Marinara,3\nBevande,水,1\nBevande,酒,2")
  await visitor.post("/import/1/columns", columns)

  for (let i = 0; i < 2; i++) await visitor.post("/import/1/run", {})

  const links = [...(await visitor.text("/menu")).matchAll(/href="\/practice\/menu\/items\/([^"]+)"/gu)].map(
    ([, id]) => id
  )
  expect(links).toHaveLength(15)
  expect(new Set(links).size).toBe(15)
})

test("finds a page for an item whose name looks like the number of another one's", async () => {
  const { upload, visitor } = await makeImporter()
  await upload("category,name,price\nA,Menu,1\nA,Menu 15,2\nB,Menu,3")
  await visitor.post("/import/1/columns", columns)

  const answer = await visitor.post("/import/1/run", {})

  expect(target(answer)).toBe("/practice/import/1/preview")
  expect((await visitor.text("/menu")).match(/menu\/items\/menu[-\d]*"/gu)).toHaveLength(3)
})

test.each([
  ["", "Choose a file"],
  ['a,"b', "a quotation mark is missing"],
  ["category,name,price", "no rows below its header"],
  [`a${"\nb".repeat(502)}`, "at most 500 rows"]
])("refuses the file %p", async (content, problem) => {
  const { upload } = await makeImporter()

  const answer = await upload(content)

  expect(answer.status).toBe(422)
  expect(await answer.text()).toContain(problem)
})

test("wants to know the columns first, and keeps restaurants apart", async () => {
  const portal = openPortal()
  const { upload, visitor } = await makeImporter("trattoria-roma", portal)
  const other = await makeImporter("sushi-ito", portal)
  await upload("a,b,c\nPizza,Marinara,1", "<b>.csv")

  expect(target(await visitor.get("/import/1/preview"))).toBe("/practice/import/1")
  expect((await visitor.post("/import/1/run", {})).status).toBe(404)
  expect((await visitor.post("/import/1/columns", { ...columns, price: "7" })).status).toBe(422)
  expect((await other.visitor.get("/import/1")).status).toBe(404)
  expect(await visitor.text("/import")).not.toContain("<b>")
})
